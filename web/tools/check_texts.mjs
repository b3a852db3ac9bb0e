// Four languages with the same ids and variables; no text in a component; no id that nobody uses.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'svelte/compiler';
import { LANGUAGES, messagesOf } from './texts.mjs';

const source = fileURLToPath(new URL('../src/', import.meta.url));
const SPOKEN_ATTRIBUTES = new Set(['title', 'aria-label', 'placeholder', 'alt', 'label', 'aria-description', 'aria-valuetext']);
const LETTERS = /\p{L}{2,}/u;

export async function compareLanguages() {
  const findings = [];
  const english = await messagesOf('en');
  for (const language of LANGUAGES.slice(1)) {
    const other = await messagesOf(language);
    for (const [id, variables] of english) {
      if (!other.has(id)) findings.push(`${language}: ${id} is missing`);
      else {
        const a = [...variables].sort().join();
        const b = [...other.get(id)].sort().join();
        if (a !== b) findings.push(`${language}: ${id} has the variables "${b}", not "${a}"`);
      }
    }
    for (const id of other.keys()) if (!english.has(id)) findings.push(`${language}: ${id} is not in en`);
  }
  return findings;
}

function walk(node, visit) {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node)) return node.forEach((each) => walk(each, visit));
  if (typeof node.type === 'string' && visit(node) === false) return;
  for (const [key, value] of Object.entries(node)) if (key !== 'parent') walk(value, visit);
}

/** Text between tags, and literal text in attributes that are read out. */
export function textIn(component, name) {
  const findings = [];
  walk(parse(component, { modern: true }).fragment, (node) => {
    if (node.type === 'StyleDirective') return false;
    if (node.type === 'Attribute') {
      const literal = Array.isArray(node.value) ? node.value.filter((part) => part.type === 'Text') : [];
      if (SPOKEN_ATTRIBUTES.has(node.name))
        for (const part of literal) if (LETTERS.test(part.data)) findings.push(`${name}: ${node.name}="${part.data}"`);
      return false;
    }
    if (node.type === 'Text' && LETTERS.test(node.data)) findings.push(`${name}: "${node.data.trim()}"`);
    return true;
  });
  return findings;
}

async function sources() {
  const names = await readdir(source, { recursive: true });
  const files = names.filter((name) => /\.(svelte|ts)$/.test(name) && !name.startsWith('generated'));
  return Promise.all(files.map(async (name) => ({ name, text: await readFile(join(source, name), 'utf8') })));
}

export async function textsInComponents() {
  return (await sources()).filter(({ name }) => name.endsWith('.svelte')).flatMap(({ name, text }) => textIn(text, name));
}

/** An id counts as used if it is written out, or begins as a `prefix-${…}` or the words of a term('prefix', …) do. */
export async function unusedMessages() {
  const all = (await sources()).map(({ text }) => text).join('\n');
  const prefixes = [...all.matchAll(/[`'"]([a-z0-9-]+-)(?:\$\{|['"`])/g)].map((match) => match[1]);
  const terms = [...all.matchAll(/(?:term\(|prefix: )'([a-z-]+)'/g)].map((match) => `${match[1]}-`);
  prefixes.push(...terms);
  const isUsed = (id) => all.includes(`'${id}'`) || all.includes(`"${id}"`) || prefixes.some((prefix) => id.startsWith(prefix));
  return [...(await messagesOf('en')).keys()].filter((id) => !isUsed(id)).map((id) => `${id} is used nowhere`);
}

/** What the panel says of a finding in English is what the program says, as docs/siprec-findings.md (which a test of the program compares) has it. */
export async function differingFindings() {
  const page = (await readFile(new URL('../../docs/siprec-findings.md', import.meta.url), 'utf8')).replaceAll('&lt;', '<');
  const rules = [...page.matchAll(/^### (\w+)\n(.+)\n\n- Rule: .+\n- What it costs: (.+)\n- What to change at the client: (.+)\n/gm)];
  const words = (await readFile(new URL('../locales/en/findings.ftl', import.meta.url), 'utf8')).split('\n').map((line) => /^(finding-\S+) = (.*)$/.exec(line)).filter(Boolean);
  const said = new Map(words.map(([, id, text]) => [id, text]));
  const costs = new Set([...said].filter(([id]) => id.startsWith('finding-cost-')).map(([, text]) => text));
  const differences = rules.length > 0 ? [] : ['docs/siprec-findings.md has no rule'];
  for (const [, code, text, cost, change] of rules) {
    const word = code.replaceAll('_', '-');
    if (said.get(`finding-${word}`) !== text) differences.push(`finding-${word} is not "${text}"`);
    if (said.get(`finding-change-${word}`) !== change) differences.push(`finding-change-${word} is not "${change}"`);
    if (!costs.has(cost)) differences.push(`no finding-cost- is "${cost}"`);
  }
  const changes = [...said.keys()].filter((id) => id.startsWith('finding-change-')).length;
  if (changes !== rules.length) differences.push(`${changes} rules in findings.ftl, ${rules.length} in docs/siprec-findings.md`);
  return differences;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = [...(await compareLanguages()), ...(await textsInComponents()), ...(await unusedMessages()), ...(await differingFindings())];
  for (const finding of findings) console.error(finding);
  console.log(findings.length === 0 ? 'texts: as they should be' : `texts: ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
