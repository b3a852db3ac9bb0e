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
const isText = (file) => /\/texts_\w\w-/.test(file);
const sum = (files) => files.reduce((bytes, file) => bytes + packed(file), 0);
const language = Math.max(...rest.filter(isText).map(packed));
const start = sum(['index.html', ...named]) + language;
// Whatever page comes first, it needs no more than all pages together.
const most = start + sum(rest.filter((file) => !isText(file)));
console.log(`gzip: ${(start / 1000).toFixed(1)} kB before the first page, at most ${(most / 1000).toFixed(1)} kB with it`);
if (most > LIMIT) throw new Error(`the first load can be more than ${LIMIT / 1000} kB`);
