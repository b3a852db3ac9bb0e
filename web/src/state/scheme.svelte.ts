// Light or dark: what is drawn on a canvas has to be drawn again when it changes.
const query = window.matchMedia('(prefers-color-scheme: dark)');
let isDark = $state(query.matches);
query.addEventListener('change', () => (isDark = query.matches));

export const scheme = {
  get isDark() {
    return isDark;
  },
};
