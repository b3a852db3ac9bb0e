import { afterEach, describe, expect, it, vi } from 'vitest';
import { ago } from '../i18n/format';
import { agentNumber, hepAddresses } from '../model/hep';

describe('HEP agents', () => {
  it('are told each address once, with its transports', () => {
    const listening = [{ address: '192.0.2.5:9060', transport: 'udp' as const }, { address: '[::1]:9060', transport: 'udp' as const }, { address: '192.0.2.5:9060', transport: 'tcp' as const }];
    expect(hepAddresses(listening)).toEqual([{ address: '192.0.2.5:9060', detail: 'UDP, TCP' }, { address: '[::1]:9060', detail: 'UDP' }]);
    expect(hepAddresses([])).toEqual([]);
  });

  it('are known by their number', () => {
    expect(agentNumber('agent 2001')).toBe('2001');
    expect(['', 'agent', 'agent x', 'the agent 5', 'agent 5 <b>'].map(agentNumber)).toEqual([null, null, null, null, null]);
  });
});

describe('how long ago something was', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is told in the largest unit that fits', () => {
    vi.stubGlobal('navigator', { languages: ['en-GB'] });
    const now = Date.parse('2026-03-02T12:00:00Z');
    const told = [0, 3, 59, 60, 3599, 3600, 86_399, 86_400, 864_000].map((seconds) => ago(new Date(now - seconds * 1000), now));
    expect(told).toEqual(['now', '3 seconds ago', '59 seconds ago', '1 minute ago', '59 minutes ago', '1 hour ago', '23 hours ago', 'yesterday', '10 days ago']);
  });

  it('is now if the clocks differ', () => {
    vi.stubGlobal('navigator', { languages: ['en-GB'] });
    expect(ago(new Date(5000), 0)).toBe('now');
  });
});
