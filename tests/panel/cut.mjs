// Our own texts that do not fit where they stand. In a language that is longer than any of ours a table may cut a word that its
// title tells. What callers sent may be cut: it is in bdi, and has a title.
export function cutTexts(page, { isLonger = false } = {}) {
  return page.evaluate((mayBeCut) => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth - root.clientWidth} px too wide`);
    const isShown = (element) => element.checkVisibility() && element.getClientRects().length > 0 && !element.closest('.hidden-text, .titles');
    const scrolls = (element) => element.closest('.scroll-x, pre, select, input, textarea, .tabs');
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
      if (!own || !isShown(element) || scrolls(element) || element.closest('bdi, .party, h1')) continue;
      const style = getComputedStyle(element);
      const isTold = mayBeCut && element.closest('[title]')?.title.includes(own);
      if (style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1 && !isTold) found.push(`cut: "${own.slice(0, 60)}"`);
      const { left, right } = element.getBoundingClientRect();
      if (right > innerWidth + 1 || left < -1) found.push(`beside the screen: "${own.slice(0, 60)}"`);
    }
    return found;
  }, isLonger);
}
