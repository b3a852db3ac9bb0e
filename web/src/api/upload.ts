// Sends a file with progress, which fetch cannot tell.
import { address, getCsrfToken, problemOf, ProblemError } from './client';
import type { Job } from './schema';

export function uploadCapture(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Job> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address('/imports', {}, { name: file.name }));
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('X-CSRF-Token', getCsrfToken());
    request.upload.onprogress = (event) => progress(event.total > 0 ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status === 202) resolve(JSON.parse(request.responseText) as Job);
      else reject(problemOf(request.status, request.responseText));
    };
    request.onerror = () => reject(new ProblemError(0, 'unreachable'));
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
