// Whether the screen is a phone's.
const query = window.matchMedia('(max-width: 720px)');
let isNarrow = $state(query.matches);
query.addEventListener('change', () => (isNarrow = query.matches));

export const narrow = {
  get matches() {
    return isNarrow;
  },
};
