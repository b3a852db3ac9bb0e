// Short names for the schemas of the contract, and what the contract leaves open.
import type { components } from '../generated/rest';

type Schemas = components['schemas'];
/** Where the contract lets further members be, only those that it names. */
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] };
export type Account = Schemas['Account'];
export type AgentReport = Schemas['AgentReport'];
export type Alarm = Schemas['Alarm'];
export type ApiKey = Schemas['ApiKey'];
export type AuditEntry = Schemas['AuditEntry'];
export type CallDetail = Schemas['CallDetail'];
export type CallEvent = Schemas['CallEvent'];
export type Comparison = Schemas['Comparison'];
export type Count = Schemas['Count'];
export type CaptureSource = Schemas['CaptureSource'];
export type Finding = Schemas['Finding'];
export type HepAgent = Schemas['HepAgent'];
export type Job = Schemas['Job'];
export type LaboratoryFinding = Schemas['LaboratoryFinding'];
export type LaboratoryMessage = Schemas['LaboratoryMessage'];
export type LaboratoryReport = Schemas['LaboratoryReport'];
export type LaboratorySession = Schemas['LaboratorySession'];
export type Keys = Schemas['Keys'];
export type Language = Schemas['Language'];
export type LiveCall = Schemas['LiveCall'];
export type LiveGrant = Schemas['LiveGrant'];
export type LiveList = Schemas['LiveList'];
export type LiveStream = Schemas['LiveStream'];
export type Me = Schemas['Me'];
export type Note = Schemas['Note'];
export type Peaks = Schemas['Peaks'];
export type Permission = Schemas['Permission'];
export type PlaybackGrant = Schemas['PlaybackGrant'];
export type Problem = Schemas['Problem'];
export type Quality = Schemas['Quality'];
export type Recording = Known<Schemas['Recording']> & { streams?: Stream[] };
export type RecordingSettings = Schemas['RecordingSettings'];
export type Role = Schemas['Role'];
export type Setup = Schemas['Setup'];
export type SipMessage = Schemas['SipMessage'];
export type SiprecPeer = Schemas['SiprecPeer'];
export type Sources = Schemas['Sources'];
export type Status = Schemas['Status'];
export type Verification = Schemas['Verification'];
export type View = Schemas['View'];

/** Packets that are missing among those that arrived between two times. */
export interface Loss {
  from: string;
  to: string;
  before: number;
  at_capture: number;
  in_recorder: number;
}

export interface Stream {
  participant?: string | null;
  ssrc?: string;
  label?: string;
  source?: string;
  destination?: string;
  codec?: string | null;
  packets?: number;
  lost?: number;
  duplicated?: number;
  reordered?: number;
  jitter_ms?: number;
  lost_at_capture?: number;
  lost_in_recorder?: number;
  losses?: Loss[];
  media?: string;
  encrypted?: boolean;
  first_at?: string | null;
  last_at?: string | null;
}

export interface Leg {
  from_uri?: string | null;
  to_uri?: string | null;
  user_agent?: string | null;
  server?: string | null;
  transport?: string;
  final_status?: number | null;
  final_reason?: string | null;
}

export type Call = Omit<Known<Schemas['Call']>, 'streams' | 'legs' | 'recordings'> & {
  streams: Stream[];
  legs: Leg[];
  recordings: Recording[];
  source_detail?: string;
  duration_sec?: number | null;
  talk_sec?: number | null;
  ended?: boolean;
  end_reason?: string | null;
  end_reason_sip?: number | null;
};

/** What an import job gives as its result. */
export interface ImportResult {
  packets?: number;
  calls?: number;
  sip_messages?: number;
  rtp_packets?: number;
  warning?: string;
  known?: boolean;
}

export const DIRECTIONS = ['inbound', 'outbound', 'internal', 'transit', 'unknown'] as const;
export const RESULTS = [
  'answered', 'answered_voicemail', 'answered_ivr_only', 'no_answer', 'busy', 'rejected', 'cancelled', 'abandoned_ivr',
  'abandoned_queue', 'short_abandoned', 'unreachable', 'congestion', 'failed', 'diverted', 'unknown',
] as const;
export const RECORDING_STATES = [
  'recorded', 'recorded_partial', 'not_recorded_by_policy', 'not_recorded_consent_declined',
  'not_recorded_by_party_request', 'not_recorded_encrypted_no_keys', 'not_recorded_no_media', 'not_recorded_failed',
  'recorded_in_error', 'missing_evidence', 'extra_recording', 'expired', 'shredded', 'held',
] as const;
export const ROLES: readonly Role[] = ['administrator', 'listener', 'auditor'];
export const PERMISSIONS: readonly Permission[] = [
  'calls.read', 'recordings.listen', 'recordings.export', 'recordings.pause', 'live.listen', 'notes.write', 'imports.run', 'jobs.read', 'settings.read',
  'settings.write', 'accounts.manage', 'keys.manage', 'audit.read', 'audit.verify', 'status.read',
];
