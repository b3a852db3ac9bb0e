import { api } from '../../api/client';
import type { Note } from '../../api/schema';
import type { CallSheet } from './call_sheet.svelte';

export interface Draft {
  kind: 'note' | 'mark';
  text: string;
  from_seconds: number | null;
}

export async function addNote(sheet: CallSheet, draft: Draft): Promise<Note> {
  const made = await api.post('/calls/{call_id}/notes', { path: { call_id: sheet.callId }, body: draft });
  sheet.notes = [...sheet.notes, made];
  return made;
}

export async function changeNote(sheet: CallSheet, note: Note, text: string) {
  const { kind, from_seconds, to_seconds } = note;
  const path = { call_id: sheet.callId, note_id: note.note_id };
  const changed = await api.put('/calls/{call_id}/notes/{note_id}', { path, body: { kind, text, from_seconds, to_seconds } });
  sheet.notes = sheet.notes.map((each) => (each.note_id === note.note_id ? changed : each));
}

export async function removeNote(sheet: CallSheet, note: Note) {
  await api.delete('/calls/{call_id}/notes/{note_id}', { path: { call_id: sheet.callId, note_id: note.note_id } });
  sheet.notes = sheet.notes.filter((each) => each.note_id !== note.note_id);
}
