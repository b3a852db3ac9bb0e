// Files on their way to the server. They go on while one is on another page; what arrived becomes a job.
import { uploadCapture } from '../api/upload';
import type { Job } from '../api/schema';
import { jobs } from './jobs.svelte';
import { onLeave } from './session.svelte';

export interface Upload {
  id: number;
  name: string;
  bytes: number;
  share: number;
  state: 'waiting' | 'sending' | 'failed';
  problem: unknown;
  file: File;
  aborter: AbortController;
}

let all = $state<Upload[]>([]);
let last = 0;
let isBusy = false;

export const uploads = {
  get all() {
    return all;
  },
};

function forget(id: number) {
  all = all.filter((each) => each.id !== id);
}

/** One after the other: the disk of the server is one, too. */
async function work() {
  if (isBusy) return;
  isBusy = true;
  for (let next = first(); next; next = first()) await sendOne(next);
  isBusy = false;
}

function first(): Upload | undefined {
  return all.find((each) => each.state === 'waiting');
}

async function sendOne(upload: Upload) {
  upload.state = 'sending';
  try {
    const job: Job = await uploadCapture(upload.file, (share) => (upload.share = share), upload.aborter.signal);
    jobs.put(job);
    forget(upload.id);
  } catch (error) {
    if (error instanceof DOMException) return forget(upload.id);
    upload.state = 'failed';
    upload.problem = error;
  }
}

export function sendFiles(files: Iterable<File>) {
  for (const file of files)
    all.push({ id: ++last, name: file.name, bytes: file.size, share: 0, state: 'waiting', problem: null, file, aborter: new AbortController() });
  void work();
}

export function retry(upload: Upload) {
  Object.assign(upload, { state: 'waiting', share: 0, problem: null, aborter: new AbortController() });
  void work();
}

export function cancel(upload: Upload) {
  upload.aborter.abort();
  if (upload.state !== 'sending') forget(upload.id);
}

onLeave(() => {
  for (const upload of all) upload.aborter.abort();
  all = [];
});
