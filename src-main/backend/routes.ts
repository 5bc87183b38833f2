/** The workers; each is one file `worker-<name>.ts`. */
export type WorkerName = 'reviews' | 'calls' | 'search' | 'audio' | 'timing' | 'exports'

/** Which worker answers a feature's calls. */
const BY_FEATURE: Record<string, WorkerName> = {
  annotations: 'reviews',
  reviews: 'reviews',
  searches: 'reviews',
  // Anchors are what people wrote.
  timing: 'reviews',
  connections: 'calls',
  sync: 'calls',
  webhooks: 'calls',
  imports: 'calls',
  exports: 'exports',
  // It reads for long.
  support: 'exports',
  backup: 'exports',
  calls: 'search',
  search: 'search',
  counts: 'search',
  recordings: 'audio',
  retention: 'calls',
}

/** Calls that another worker than their feature's answers. */
const BY_CALL: Record<string, WorkerName> = {
  // The index is made by whoever writes the calls.
  'search.rebuild': 'calls',
  'search.rebuildNow': 'calls',
  // Downloading writes calls.db.
  'recordings.fetch': 'calls',
  'recordings.cancelFetch': 'calls',
  'recordings.use': 'calls',
  'recordings.hosts': 'calls',
  'recordings.setHost': 'calls',
  'recordings.removeHost': 'calls',
  'recordings.setQuota': 'calls',
  'recordings.wouldRemove': 'calls',
  'recordings.keep': 'calls',
  'recordings.cancelKeep': 'calls',
  'recordings.downloadWaiting': 'calls',
  'recordings.download': 'calls',
  'recordings.noteFacts': 'calls',
  // Looking a file up must not wait for a decoding.
  'recordings.locate': 'search',
  'recordings.wrap': 'search',
  // These read what people wrote too.
  'recordings.storage': 'search',
  'recordings.keepPreview': 'search',
  'retention.preview': 'search',
  'retention.history': 'search',
  'retention.left': 'search',
  'retention.purgedAt': 'search',
  'retention.ids': 'search',
  // Nobody waits for listening, so it may take its time.
  'timing.listen': 'timing',
  'timing.interrupt': 'timing',
  'timing.due': 'timing',
  'timing.note': 'calls',
}

/** The worker that answers a call; null when there is none. */
export function workerFor(feature: string, call: string): WorkerName | null {
  const name = `${feature}.${call}`
  if (Object.hasOwn(BY_CALL, name)) return BY_CALL[name] ?? null
  return Object.hasOwn(BY_FEATURE, feature) ? (BY_FEATURE[feature] ?? null) : null
}
