// A small server that behaves like the real one, for people who work on the panel:
//   node dev/mock.mjs [--port 8090] [--calls 20000] [--first-run] [--live SECONDS]
// Sign in as anna (everything), max (listener), vera (auditor) or omar (asks the code 123456); the password is PASSWORD.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { serveFile } from './mock/files.mjs';
import { routes } from './mock/routes.mjs';
import { createState } from './mock/state.mjs';
import { problem, send } from './mock/reply.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    calls: { type: 'string', default: '20000' },
    'first-run': { type: 'boolean', default: false },
    live: { type: 'string', default: '0' },
  },
});
const state = createState({ calls: Number(options.calls), firstRun: options['first-run'] });

function matching(method, path) {
  for (const [pattern, handler] of routes) {
    const [verb, template] = pattern.split(' ');
    const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const found = verb === method && new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
    if (found) return { handler, path: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1])])) };
  }
  return null;
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://mock');
  if (!url.pathname.startsWith('/api/v1/')) return serveFile(url.pathname, response);
  const route = matching(request.method, url.pathname.slice('/api/v1'.length));
  if (!route) return problem(response, 404, 'not_found', 'there is no such address');
  const account = state.accountOf(request.headers.cookie);
  if (!account && !route.handler.isPublic) return problem(response, 401, 'signed_out', 'sign in first');
  if (account && request.method !== 'GET' && !route.handler.isPublic && request.headers['x-csrf-token'] !== account.csrf)
    return problem(response, 403, 'csrf', 'the token is wrong');
  const raw = request.method === 'GET' ? Buffer.alloc(0) : await bodyOf(request);
  const isJson = (request.headers['content-type'] ?? '').includes('json');
  const body = isJson && raw.length > 0 ? JSON.parse(raw) : {};
  const result = await route.handler({ state, account, path: route.path, query: url.searchParams, body, raw, request, response });
  if (result !== undefined) send(response, ...result);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    problem(response, 500, 'failed', '');
  });
});
server.listen(Number(options.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${options.port}/${options['first-run'] ? 'setup#secret=first' : ''}`));
if (Number(options.live) > 0) setInterval(() => state.ring(), Number(options.live) * 1000);
