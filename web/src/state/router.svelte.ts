// The address is the state: pages read it here and change it here.
let url = $state.raw(new URL(location.href));

/** Parameters that stay while one moves through the panel. */
const LASTING = ['lang'];

export const here = {
  get path() {
    return url.pathname;
  },
  get query() {
    return url.searchParams;
  },
  get address() {
    return url.pathname + url.search;
  },
  get hash() {
    return url.hash;
  },
  /** Of the link that the server prints for the first run; a part of the address that is never sent. */
  get secret() {
    const after = url.hash.slice(1);
    return after.startsWith('secret=') ? decodeURIComponent(after.slice('secret='.length)) : after;
  },
};

function withLasting(to: string): string {
  const target = new URL(to, location.origin);
  for (const name of LASTING) {
    const value = url.searchParams.get(name);
    if (value !== null && !target.searchParams.has(name)) target.searchParams.set(name, value);
  }
  return target.pathname + target.search + target.hash;
}

export function go(to: string, options: { replace?: boolean } = {}) {
  const target = withLasting(to);
  if (options.replace) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
  url = new URL(location.href);
}

/** Changes some parameters of the address; an empty value takes one away. */
export function amend(changes: Record<string, string | number | null | undefined>, options: { replace?: boolean } = {}) {
  const query = new URLSearchParams(url.searchParams);
  for (const [name, value] of Object.entries(changes))
    if (value === null || value === undefined || value === '') query.delete(name);
    else query.set(name, String(value));
  const search = query.toString();
  go(url.pathname + (search ? `?${search}` : ''), options);
}

function isOurs(link: HTMLAnchorElement, event: MouseEvent) {
  return (
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey &&
    link.origin === location.origin && !link.target && !link.hasAttribute('download') && !link.pathname.startsWith('/api/')
  );
}

/** Turns clicks on links into changes of the address without loading the panel again. */
export function startRouter() {
  window.addEventListener('popstate', () => (url = new URL(location.href)));
  window.addEventListener('hashchange', () => (url = new URL(location.href)));
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
    if (!link || event.defaultPrevented || !isOurs(link, event)) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash);
    window.scrollTo(0, 0);
  });
}
