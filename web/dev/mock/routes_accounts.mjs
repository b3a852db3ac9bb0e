import { randomUUID } from 'node:crypto';
import { refuse } from './reply.mjs';

const open = (act) => Object.assign(act, { isPublic: true });
const shown = ({ password, csrf, confirmedUntil, pendingTotp, ...account }) => account;

function firstAccount({ state, body }) {
  if (body.secret !== 'first') return refuse(401, 'wrong_credentials', 'the link is not the one that was printed');
  const person = state.addAccount(body.name, body.display_name, ['administrator', 'auditor', ...(body.listens ? ['listener'] : [])], body.language, body.password);
  state.setup.state = 'recording';
  const cookie = state.begin(person);
  return [201, state.meOf(person), cookie];
}

function signIn({ state, body }) {
  const person = state.accounts.find((each) => each.name === body.name && !each.disabled);
  if (!person || person.password !== body.password) return refuse(401, 'wrong_credentials', 'the name or the password is wrong');
  if (person.totp && !body.totp) return refuse(401, 'totp_required', 'a code is needed');
  if (person.totp && body.totp !== '123456') return refuse(401, 'wrong_credentials', 'the code is wrong');
  const cookie = state.begin(person);
  state.write('session.opened', person);
  return [201, state.meOf(person), cookie];
}

function confirm({ state, account, body }) {
  if (body.password !== account.password && body.totp !== '123456') return refuse(401, 'wrong_credentials', 'the password is wrong');
  account.confirmedUntil = new Date(Date.now() + 300_000).toISOString();
  return [200, state.meOf(account)];
}

const isConfirmed = (account) => account.confirmedUntil && Date.parse(account.confirmedUntil) > Date.now();
const confirmed = (act) => (context) => (isConfirmed(context.account) ? act(context) : refuse(403, 'confirmation_required', 'give the password again'));

function addAccount({ state, body }) {
  if (state.accounts.some((each) => each.name === body.name)) return refuse(409, 'name_taken', 'there is such an account');
  return [201, shown(state.addAccount(body.name, body.display_name, body.roles, body.language ?? 'en', body.password))];
}

function changeAccount({ state, path, body }) {
  const person = state.accounts.find((each) => each.account_id === path.account_id);
  return person ? [200, shown(Object.assign(person, body))] : refuse(404, 'not_found', 'there is no such account');
}

function changePassword({ account, body }) {
  if (body.current !== account.password) return refuse(401, 'wrong_credentials', 'the present password is wrong');
  account.password = body.password;
  return [204];
}

function addKey({ state, account, body }) {
  const now = Date.now();
  const key = { key_id: randomUUID(), title: body.title, permissions: body.permissions, created_at: new Date(now).toISOString(), expires_at: new Date(now + body.expires_in_days * 86_400_000).toISOString(), last_used_at: null };
  state.apiKeys.push(key);
  state.write('api_key.made', account);
  return [201, { key, secret: `ew_${randomUUID().replaceAll('-', '')}` }];
}

export const accountRoutes = [
  ['GET /setup', open(({ state }) => [200, state.setup])],
  ['POST /setup/account', open(firstAccount)],
  ['PUT /setup/recording', ({ state, body }) => (Object.assign(state.recording, body), (state.setup.state = 'recovery_key'), [204])],
  ['POST /setup/recovery-key', ({ state }) => [200, { recovery_key: state.recoveryKey, fingerprint: 'SHA256:8fK2 m1Qx 77ZP 0aVd' }]],
  ['POST /setup/recovery-key/saved', ({ state, body }) => {
    if (body.ending.length < 8 || !state.recoveryKey.endsWith(body.ending)) return refuse(409, 'wrong_ending', 'these are not its last characters');
    Object.assign(state.setup, { state: 'done', recovery_key_saved: true });
    return [204];
  }],
  ['POST /session', open(signIn)],
  ['GET /session', ({ state, account }) => [200, state.meOf(account)]],
  ['DELETE /session', ({ state, request }) => (state.end(request.headers.cookie), [204])],
  ['POST /session/activity', () => [204]],
  ['POST /session/confirm', confirm],
  ['PATCH /me', ({ state, account, body }) => [200, state.meOf(Object.assign(account, body))]],
  ['POST /me/password', changePassword],
  ['POST /me/totp', ({ account }) => [200, { secret: 'JBSW Y3DP EHPK 3PXP', uri: `otpauth://totp/Earwitness:${account.name}?secret=JBSWY3DPEHPK3PXP&issuer=Earwitness` }]],
  ['PUT /me/totp', ({ account, body }) => (body.totp === '123456' ? ((account.totp = true), [204]) : refuse(400, 'wrong_credentials', 'the code is wrong'))],
  ['DELETE /me/totp', confirmed(({ account }) => ((account.totp = false), [204]))],
  ['GET /accounts', ({ state }) => [200, { accounts: state.accounts.map(shown) }]],
  ['POST /accounts', confirmed(addAccount)],
  ['PATCH /accounts/{account_id}', confirmed(changeAccount)],
  ['DELETE /accounts/{account_id}/totp', confirmed(({ state, path }) => ((state.accounts.find((each) => each.account_id === path.account_id).totp = false), [204]))],
  ['GET /api-keys', ({ state }) => [200, { keys: state.apiKeys }]],
  ['POST /api-keys', confirmed(addKey)],
  ['DELETE /api-keys/{key_id}', ({ state, path }) => ((state.apiKeys = state.apiKeys.filter((each) => each.key_id !== path.key_id)), [204])],
];
