import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { address, api, ProblemError, setCsrfToken, whenSignedOut } from '../api/client';

const answer = vi.fn<typeof fetch>();
const signedOut = vi.fn();

beforeEach(() => {
  vi.stubGlobal('fetch', answer);
  whenSignedOut(signedOut);
  setCsrfToken('token');
});
afterEach(() => {
  answer.mockReset();
  signedOut.mockReset();
});

const problem = (status: number, code: string) => new Response(JSON.stringify({ type: 'about:blank', title: '', status, code }), { status });

describe('the client', () => {
  it('writes addresses so that nothing breaks out of them', () => {
    expect(address('/calls/{call_id}', { call_id: 'a/../b?' }, { number: '+421 905', name: '', after: null })).toBe('/api/v1/calls/a%2F..%2Fb%3F?number=%2B421+905');
  });

  it('sends the token with changes only', async () => {
    answer.mockImplementation(async () => new Response('{}'));
    await api.get('/session');
    await api.post('/session/activity');
    const tokens = answer.mock.calls.map(([, init]) => new Headers(init!.headers).get('X-CSRF-Token'));
    expect(tokens).toEqual([null, 'token']);
  });

  it('makes of a problem an error with its code', async () => {
    answer.mockResolvedValue(problem(409, 'name_taken'));
    await expect(api.get('/accounts')).rejects.toMatchObject({ status: 409, code: 'name_taken' });
  });

  it('says that a server which does not answer is unreachable', async () => {
    answer.mockRejectedValue(new TypeError('network'));
    await expect(api.get('/accounts')).rejects.toEqual(new ProblemError(0, 'unreachable'));
  });

  it('tells when the session is over, and not when a password is wrong', async () => {
    answer.mockResolvedValueOnce(problem(401, 'wrong_credentials'));
    await expect(api.post('/me/password', { body: { current: 'a', password: 'b' } })).rejects.toBeInstanceOf(ProblemError);
    expect(signedOut).not.toHaveBeenCalled();
    answer.mockResolvedValueOnce(problem(401, 'not_signed_in'));
    await expect(api.get('/accounts')).rejects.toBeInstanceOf(ProblemError);
    expect(signedOut).toHaveBeenCalledOnce();
  });
});
