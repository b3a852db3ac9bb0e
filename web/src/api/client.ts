// One door to the server: types by the contract, CSRF token, problems as errors, 401 to whoever listens.
import type { paths } from '../generated/rest';
import type { Problem } from './schema';

export const BASE = '/api/v1';

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type PathWith<M extends Method> = { [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P][M];
type Part<T, Place extends string> = T extends { parameters: { [K in Place]?: infer V } } ? NonNullable<V> : never;
type Body<T> = T extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type Content<R> = R extends { content: { 'application/json': infer B } } ? B : void;
type Answer<T> = T extends { responses: infer R }
  ? R extends { 200: infer A } ? Content<A>
  : R extends { 201: infer B } ? Content<B>
  : R extends { 202: infer C } ? Content<C>
  : void
  : void;

export interface Request<T> {
  path?: Part<T, 'path'>;
  query?: Part<T, 'query'>;
  body?: Body<T>;
  /** A body that is bytes and no JSON. */
  bytes?: Blob;
  signal?: AbortSignal;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

/** What the server, or the way to it, did not do. `code` is a stable word with a text in problems.ftl. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail = '',
    readonly field = '',
  ) {
    super(`${status} ${code}`);
  }
}

let csrfToken = '';
let onSignedOut = () => {};

export function setCsrfToken(token: string) {
  csrfToken = token;
}
export function getCsrfToken() {
  return csrfToken;
}
export function whenSignedOut(act: () => void) {
  onSignedOut = act;
}

export function address(path: string, parts: object = {}, query: object = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String((parts as Record<string, unknown>)[name])));
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return BASE + filled + (search ? `?${search}` : '');
}

export function problemOf(status: number, text: string): ProblemError {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    return new ProblemError(status, problem.code ?? `http_${status}`, problem.detail ?? problem.title, problem.field);
  } catch {
    return new ProblemError(status, `http_${status}`);
  }
}

/** Here a 401 can mean that a password or code is wrong, which loses nothing. */
function losesSession(path: string) {
  return !['/session', '/session/confirm', '/setup/account', '/me/password', '/me/totp'].includes(path);
}

export async function send<M extends Method, P extends PathWith<M>>(
  method: M,
  path: P,
  request: Request<Operation<P, M>> = {},
): Promise<Answer<Operation<P, M>>> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'get' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  if (request.body !== undefined) headers['Content-Type'] = 'application/json';
  if (request.bytes) headers['Content-Type'] = 'application/octet-stream';
  let response: Response;
  try {
    response = await fetch(address(path as string, request.path, request.query), {
      method: method.toUpperCase(),
      headers,
      body: request.bytes ?? (request.body === undefined ? undefined : JSON.stringify(request.body)),
      signal: request.signal,
      keepalive: request.keepalive,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ProblemError(0, 'unreachable');
  }
  const text = await response.text();
  if (!response.ok) {
    const problem = problemOf(response.status, text);
    if (response.status === 401 && (problem.code === 'not_signed_in' || losesSession(path as string))) onSignedOut();
    throw problem;
  }
  return (text ? JSON.parse(text) : undefined) as Answer<Operation<P, M>>;
}

export const api = {
  get: <P extends PathWith<'get'>>(path: P, request?: Request<Operation<P, 'get'>>) => send('get', path, request),
  put: <P extends PathWith<'put'>>(path: P, request?: Request<Operation<P, 'put'>>) => send('put', path, request),
  post: <P extends PathWith<'post'>>(path: P, request?: Request<Operation<P, 'post'>>) => send('post', path, request),
  patch: <P extends PathWith<'patch'>>(path: P, request?: Request<Operation<P, 'patch'>>) => send('patch', path, request),
  delete: <P extends PathWith<'delete'>>(path: P, request?: Request<Operation<P, 'delete'>>) => send('delete', path, request),
};
