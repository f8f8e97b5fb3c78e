/**
 * Does this server call fsync before it acknowledges? Only its monitoring port tells.
 * @param monitorUrl such as `http://127.0.0.1:8222`
 * @returns what to warn of
 */
export async function syncWarning(monitorUrl: string): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL('/varz', monitorUrl), { signal: AbortSignal.timeout(5_000) })
    const { jetstream } = (await answer.json()) as { jetstream?: { config?: { sync_always?: boolean } } }
    if (jetstream?.config?.sync_always) return undefined
    return `sync_interval of nats-server at ${monitorUrl} is not "always": a power cut loses what was acknowledged`
  } catch (error) {
    return `whether nats-server syncs always cannot be learnt from ${monitorUrl}: ${error}`
  }
}
