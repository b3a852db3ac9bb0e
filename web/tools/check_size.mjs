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
const sizes = rest.map((file) => ({ file, bytes: packed(file) })).sort((a, b) => b.bytes - a.bytes);
const first = ['index.html', ...named].reduce((sum, file) => sum + packed(file), 0);
// One language and everything a first page can want: all other chunks are an upper bound.
const total = sizes.reduce((sum, { bytes }) => sum + bytes, first);
console.log(`first load ${(first / 1000).toFixed(1)} kB gzip, everything there is ${(total / 1000).toFixed(1)} kB`);
if (first > LIMIT) throw new Error(`the first load is more than ${LIMIT / 1000} kB`);
