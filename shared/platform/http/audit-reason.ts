const LONGEST = 512

/**
 * The header `X-Audit-Log-Reason`: percent-encoded UTF-8. What cannot be decoded counts as it is; U+0000, which no
 * store takes, and what is beyond 512 characters are dropped.
 */
export function readAuditReason(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined
  const reason = [...decoded(header).replaceAll('\0', '').trim()].slice(0, LONGEST).join('')
  return reason === '' ? undefined : reason
}

function decoded(header: string): string {
  try {
    return decodeURIComponent(header)
  } catch {
    return header
  }
}
