/**
 * A store is away, or did not answer in time: whoever asked may ask again. What was to be written may have been.
 * Requests that meet it are answered 503.
 */
export class LostStore extends Error {
  override name = 'LostStore'
}
