/** A file that was announced, and that its sender may move into the blob store himself. */
export interface PendingUpload {
  /** Also what the attachment will have. */
  readonly id: string
  readonly userId: string
  readonly channelId: string
  readonly filename: string
  /** Bytes. */
  readonly size: number
  readonly contentType: string
}

/** Announced files that are in no message yet. Each is forgotten some time after it was added, whatever became of it. */
export interface PendingUploads {
  /** Their ids are new. */
  add(uploads: readonly PendingUpload[]): Promise<void>
  /** `claims`: who claimed it, in no order. undefined: never added, or its time is over. */
  get(id: string): Promise<{ upload: PendingUpload; claims: readonly string[] } | undefined>
  /**
   * Whether it is `by`'s alone from now on. Of several that claim it at once at most one is told so, and perhaps
   * none; one who was alone may ask again. false: it is somebody else's, or its time is over.
   */
  claim(id: string, by: string): Promise<boolean>
}
