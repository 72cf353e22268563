import type { RedisProcess } from './redis-process.js';

export const SLOTS = 16_384;
/** What a node says of one that fails or that it has not met. */
const NOT_ALIVE = 'not alive';

export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** A node as it sees itself. */
export interface ClusterNode {
  readonly process: RedisProcess;
  readonly id: string;
  readonly role: 'primary' | 'replica';
  /** Whom a replica copies. */
  readonly primaryId: string | undefined;
  /** Of two that claim a slot, the greater one is right. */
  readonly configEpoch: number;
  readonly slots: readonly SlotRange[];
}

/** What a node says of the cluster: of itself, and of each node that it knows, by id. */
export interface ClusterView {
  readonly own: ClusterNode;
  readonly claims: ReadonlyMap<string, string>;
}

export async function viewOf(process: RedisProcess): Promise<ClusterView> {
  const reply = String(await process.admin.cluster('NODES'));
  const lines = reply.trimEnd().split('\n').map(readLine);
  const own = lines.find(({ flags }) => flags.includes('myself'));
  if (own === undefined) throw new Error('expected a node that knows itself');
  return {
    own: {
      process,
      id: own.id,
      role: own.primaryId === '-' ? 'primary' : 'replica',
      primaryId: own.primaryId === '-' ? undefined : own.primaryId,
      configEpoch: own.configEpoch,
      slots: own.slots.map(readRange),
    },
    claims: new Map(lines.map((line) => [line.id, claimOf(line)])),
  };
}

/** Of a node that has just gone, the others say for a while that it serves its slots. */
export function areAllSlotsServed(views: readonly ClusterView[]): boolean {
  const slots = views.flatMap(({ own }) => (own.role === 'primary' ? own.slots : []));
  return slots.reduce((count, { first, last }) => count + last - first + 1, 0) === SLOTS;
}

/** Whether all know all that were asked, hold them for alive, and agree who copies whom and who has which slots. */
export function areAgreed(views: readonly ClusterView[]): boolean {
  return views.every(({ own: { id } }) => {
    const claims = new Set(views.map((view) => view.claims.get(id)));
    return claims.size === 1 && !claims.has(undefined) && !claims.has(NOT_ALIVE);
  });
}

interface NodeLine {
  readonly id: string;
  readonly flags: string;
  /** Of a primary, `-`. */
  readonly primaryId: string;
  readonly configEpoch: number;
  readonly slots: readonly string[];
}

function readLine(line: string): NodeLine {
  const [id = '', , flags = '', primaryId = '', , , configEpoch, , ...slots] = line.split(' ');
  // In brackets are those that are being moved.
  const owned = slots.filter((slot) => !slot.startsWith('['));
  return { id, flags, primaryId, configEpoch: Number(configEpoch), slots: owned };
}

function claimOf({ flags, primaryId, slots }: NodeLine): string {
  return /\bfail\b|handshake|noaddr/.test(flags) ? NOT_ALIVE : [primaryId, ...slots].join(' ');
}

function readRange(range: string): SlotRange {
  const [first = '', last = first] = range.split('-');
  return { first: Number(first), last: Number(last) };
}

/** Whether the node says that all slots are served, and, if it is a replica, that it has its primary's data. */
export async function isInOrder({ own: { process, role } }: ClusterView): Promise<boolean> {
  const info = String(await process.admin.cluster('INFO'));
  if (!info.includes('cluster_state:ok')) return false;
  if (role === 'primary') return true;
  return (await process.admin.info('replication')).includes('master_link_status:up');
}
