// The first load (page, its scripts and styles, the largest language, the largest first page) stays small.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT = 150_000;
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const packed = (file) => gzipSync(readFileSync(dist + file), { level: 9 }).length;

const page = readFileSync(dist + 'index.html', 'utf8');
if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/.test(page)) throw new Error('index.html holds inline code');
const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
const rest = readdirSync(dist + 'assets').map((name) => `assets/${name}`).filter((name) => !named.includes(name));
const isText = (file) => /\/texts_/.test(file);
const sum = (files) => files.reduce((bytes, file) => bytes + packed(file), 0);
/** The largest of each kind, since only one of a kind is loaded: one language, one page. */
function largest(files, kindOf) {
  const sizes = new Map();
  for (const file of files) sizes.set(kindOf(file), (sizes.get(kindOf(file)) ?? 0) + packed(file));
  return Math.max(...sizes.values());
}
const texts = (pattern) => largest(rest.filter((file) => pattern.test(file)), (file) => file);
const start = sum(['index.html', ...named]) + texts(/\/texts_\w\w-/);
const pageOf = (file) => /\/(\w+Page)-/.exec(file)?.[1];
const shared = rest.filter((file) => !isText(file) && !pageOf(file));
// Whatever page comes first, it needs no more than the largest one, all that pages share, and the texts that only some need.
const most = start + texts(/\/texts_more_\w\w-/) + sum(shared) + largest(rest.filter(pageOf), pageOf);
console.log(`gzip: ${(start / 1000).toFixed(1)} kB before the first page, at most ${(most / 1000).toFixed(1)} kB with it`);
if (most > LIMIT) throw new Error(`the first load can be more than ${LIMIT / 1000} kB`);
