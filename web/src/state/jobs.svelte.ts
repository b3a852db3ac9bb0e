// The jobs of the server, live.
import { api } from '../api/client';
import { listen } from '../api/events';
import type { Job } from '../api/schema';

let all = $state.raw<Job[]>([]);

function put(job: Job) {
  const at = all.findIndex((each) => each.job_id === job.job_id);
  all = at < 0 ? [job, ...all] : all.with(at, job);
}

async function read(kind?: Job['kind']) {
  all = (await api.get('/jobs', { query: kind ? { kind } : {} })).jobs;
}

export const jobs = {
  get all() {
    return all;
  },
  put,
  read,
  /** Follows them until what it returns is called. */
  follow(kind?: Job['kind']): () => void {
    const ends = [listen('job', (job) => (!kind || job.kind === kind) && put(job)), listen('again', () => void read(kind).catch(() => {}))];
    return () => ends.forEach((end) => end());
  },
};
