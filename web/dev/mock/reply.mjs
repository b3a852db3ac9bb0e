export function send(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(body === null || body === undefined ? undefined : JSON.stringify(body));
}

export function problem(response, status, code, detail, field) {
  send(response, status, { type: 'about:blank', title: detail, status, code, detail, ...(field ? { field } : {}) }, { 'Content-Type': 'application/problem+json' });
}

/** A handler throws this to answer with a problem. */
export const refuse = (status, code, detail) => [status, { type: 'about:blank', title: detail, status, code, detail }, { 'Content-Type': 'application/problem+json' }];
