// A language for tests: every text of ours is marked and a third longer, so what is not ours or is cut shows.
const PLAIN = 'aceinorsuyzACEINOSUYZ';
const MARKED = 'áçéíñóŕšúýžÁÇÉÍÑÓŠÚÝŽ';

export function pseudo(text: string): string {
  const marked = [...text].map((letter) => MARKED[PLAIN.indexOf(letter)] ?? letter).join('');
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return letters === 0 ? text : marked + '·'.repeat(Math.ceil(letters / 3));
}
