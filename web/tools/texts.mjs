// Reads the texts of one language: message id -> the names of its variables.
import { readdir, readFile } from 'node:fs/promises';
import { FluentParser, Visitor } from '@fluent/syntax';

export const LANGUAGES = ['en', 'es', 'ru', 'sk'];
const locales = new URL('../locales/', import.meta.url);

class Variables extends Visitor {
  names = new Set();
  visitVariableReference(node) {
    this.names.add(node.id.name);
  }
}

function variablesOf(entry) {
  const visitor = new Variables();
  visitor.visit(entry);
  return visitor.names;
}

/** Throws on a syntax error and on an id that is given twice. */
export async function messagesOf(language) {
  const folder = new URL(`${language}/`, locales);
  const messages = new Map();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ftl')).sort()) {
    const resource = new FluentParser().parse(await readFile(new URL(file, folder), 'utf8'));
    for (const entry of resource.body) {
      if (entry.type === 'Junk') throw new Error(`${language}/${file}: cannot be read: ${entry.content.slice(0, 80)}`);
      if (entry.type !== 'Message') continue;
      if (messages.has(entry.id.name)) throw new Error(`${language}/${file}: ${entry.id.name} is there twice`);
      messages.set(entry.id.name, variablesOf(entry));
    }
  }
  return messages;
}
