// Which page an address names. Each page is loaded when it is first wanted.
import type { Component } from 'svelte';
import type { Permission } from '../api/schema';
import { useMoreTexts } from '../i18n/texts.svelte';

/** A page may take the parts of the address behind its name. */
export type View = Component<any>;

export interface Page {
  load: () => Promise<{ default: View }>;
  /** Without the frame: nobody is signed in. */
  bare?: boolean;
  needs?: Permission;
}

async function withMoreTexts<T>(page: Promise<T>): Promise<T> {
  await useMoreTexts();
  return page;
}

const PAGES: Record<string, Page> = {
  'sign-in': { load: () => import('./SignIn.svelte'), bare: true },
  setup: { load: () => import('./setup/SetupPage.svelte'), bare: true },
  calls: { load: () => import('./calls/CallsPage.svelte'), needs: 'calls.read' },
  call: { load: () => import('./call/CallPage.svelte'), needs: 'calls.read' },
  live: { load: () => import('./live/LivePage.svelte'), needs: 'calls.read' },
  sources: { load: () => import('./sources/SourcesPage.svelte'), needs: 'status.read' },
  lab: { load: () => withMoreTexts(import('./lab/LabPage.svelte')), needs: 'imports.run' },
  import: { load: () => import('./import/ImportPage.svelte'), needs: 'imports.run' },
  audit: { load: () => import('./audit/AuditPage.svelte'), needs: 'audit.read' },
  settings: { load: () => import('./settings/SettingsPage.svelte') },
};
const NOT_FOUND: Page = { load: () => import('./NotFound.svelte') };

export function pageAt(path: string): { page: Page; parts: string[] } {
  const [first = '', ...parts] = path.split('/').filter(Boolean);
  const name = first === 'calls' && parts.length > 0 ? 'call' : first === 'sources' && parts[0] === 'lab' ? 'lab' : first;
  return { page: Object.hasOwn(PAGES, name) ? PAGES[name] : NOT_FOUND, parts };
}
