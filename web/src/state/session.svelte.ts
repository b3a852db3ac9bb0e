// Who is signed in, and what this person may do.
import { api, setCsrfToken, whenSignedOut } from '../api/client';
import { startEvents, stopEvents } from '../api/events';
import type { Language, Me, Permission, Setup } from '../api/schema';
import { browserLanguage, isLanguage } from '../i18n/languages';
import { useLanguage } from '../i18n/texts.svelte';
import { go, here } from './router.svelte';

let me = $state.raw<Me | null>(null);
let setup = $state.raw<Setup | null>(null);
const leaving = new Set<() => void>();

export const session = {
  get me() {
    return me;
  },
  get setup() {
    return setup;
  },
};

export function can(permission: Permission): boolean {
  return me?.permissions.includes(permission) ?? false;
}

/** What is to be stopped when the person is signed out. */
export function onLeave(act: () => void) {
  leaving.add(act);
}

/** The address wins over the account, the account over the browser. */
export function chooseLanguage(): Promise<void> {
  const wanted = here.query.get('lang');
  if (wanted === 'pseudo') return useLanguage('en', true);
  return useLanguage(isLanguage(wanted) ? wanted : (me?.language ?? browserLanguage()));
}

export async function enter(person: Me) {
  me = person;
  setCsrfToken(person.csrf_token);
  await chooseLanguage();
  startEvents();
}

export function replaceMe(person: Me) {
  me = person;
  setCsrfToken(person.csrf_token);
}

function forget() {
  for (const act of leaving) act();
  stopEvents();
  me = null;
  setCsrfToken('');
}

function signInAddress() {
  const to = here.path === '/sign-in' ? (here.query.get('to') ?? '/') : here.address;
  return to === '/' || to === '/calls' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`;
}

/** The server no longer knows the session: sign in again, and come back to the same address. */
function lose() {
  if (!me) return;
  forget();
  go(signInAddress(), { replace: true });
}

export async function readSetup(): Promise<Setup> {
  setup = await api.get('/setup');
  return setup;
}

/** At the start: the first run, the sign-in, or the page that the address names. */
export async function resume() {
  whenSignedOut(lose);
  await chooseLanguage();
  const { state } = await readSetup();
  if (state === 'new') return here.path === '/setup' ? undefined : go('/setup', { replace: true });
  try {
    await enter(await api.get('/session'));
  } catch {
    if (here.path !== '/sign-in') go(signInAddress(), { replace: true });
    return;
  }
  if (state !== 'done' && can('settings.write') && here.path !== '/setup') go('/setup', { replace: true });
  else if (here.path === '/sign-in' || here.path === '/') go('/calls', { replace: true });
}

export async function signIn(name: string, password: string, totp: string) {
  await enter(await api.post('/session', { body: { name, password, ...(totp ? { totp } : {}) } }));
  const { state } = await readSetup();
  const to = here.query.get('to') ?? '';
  const isInside = to.startsWith('/') && !to.startsWith('//');
  go(state !== 'done' && can('settings.write') ? '/setup' : isInside ? to : '/calls', { replace: true });
}

export async function signOut() {
  for (const act of leaving) act();
  await api.delete('/session').catch(() => {});
  forget();
  go('/sign-in');
}

export async function changeLanguage(language: Language) {
  if (here.query.has('lang')) {
    const query = new URLSearchParams(here.query);
    query.delete('lang');
    history.replaceState(null, '', here.path + (query.size ? `?${query}` : ''));
    window.dispatchEvent(new PopStateEvent('popstate'));
  }
  await useLanguage(language);
  if (me) replaceMe(await api.patch('/me', { body: { language } }));
}
