// Writes src/generated: the types of the REST interface, and the ids of the texts.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { messagesOf } from './texts.mjs';

const out = new URL('../src/generated/', import.meta.url);
const contract = new URL('../../src/api/openapi.json', import.meta.url);

async function writeIfChanged(name, text) {
  const file = new URL(name, out);
  const before = await readFile(file, 'utf8').catch(() => null);
  if (before !== text) await writeFile(file, text);
}

await mkdir(out, { recursive: true });
const types = astToString(await openapiTS(JSON.parse(await readFile(contract, 'utf8'))));
await writeIfChanged('rest.d.ts', `// Made from src/api/openapi.json by tools/generate.mjs.\n${types}`);

const ids = [...(await messagesOf('en')).keys()].sort();
await writeIfChanged(
  'messages.d.ts',
  `// Made from locales/en by tools/generate.mjs.\nexport type MessageId =\n${ids.map((id) => `  | '${id}'`).join('\n')};\n`,
);
