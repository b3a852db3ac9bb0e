// One key, one act. Keys typed into a field, or with a modifier, are not ours.
export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

const maps: KeyMap[] = [];

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog');
}

/** Space and Enter on a control belong to the control. */
function belongsToControl(event: KeyboardEvent) {
  if (event.key !== ' ' && event.key !== 'Enter') return false;
  const control = (event.target as HTMLElement | null)?.closest?.('a[href], button, summary, input, [role=option], [role=tab], [role=menuitem]');
  return !!control && !(event.key === ' ' && control.matches('a[href]'));
}

/** The map given last wins: a page's keys before the panel's. Returns what takes it away. */
export function useKeys(map: KeyMap): () => void {
  maps.push(map);
  return () => maps.splice(maps.indexOf(map), 1);
}

export function startKeys() {
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || belongsToControl(event)) return;
    const map = maps.findLast((each) => event.key in each);
    if (!map) return;
    event.preventDefault();
    map[event.key](event);
  });
}
