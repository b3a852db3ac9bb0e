// Some acts want the password again. Whoever does one wraps it here; the question is asked if the server asks for it.
import { api, ProblemError } from '../api/client';
import { replaceMe } from './session.svelte';

interface Question {
  answer: (given: boolean) => void;
}

let question = $state.raw<Question | null>(null);

export const confirmation = {
  get isAsked() {
    return question !== null;
  },
  cancel() {
    question?.answer(false);
    question = null;
  },
  async give(proof: { password?: string; totp?: string }) {
    replaceMe(await api.post('/session/confirm', { body: proof }));
    question?.answer(true);
    question = null;
  },
};

function isWanted(error: unknown) {
  return error instanceof ProblemError && error.status === 403 && error.code.startsWith('confirm');
}

/** Does the act; if the server wants the password again, asks and does it once more. Gives undefined if the person does not want to. */
export async function confirmed<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!isWanted(error)) throw error;
    const given = await new Promise<boolean>((answer) => (question = { answer }));
    return given ? act() : undefined;
  }
}
