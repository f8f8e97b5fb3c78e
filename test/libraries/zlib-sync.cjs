const { constants, createInflate } = require('node:zlib')

const CHUNK = 65_536

/**
 * In the place of the package `zlib-sync`, which would have to be compiled: as much of it as libraries use. Node's
 * own way to inflate without waiting ends the stream with every call, so this goes one level below.
 */
class Inflate {
  constructor({ to } = {}) {
    this.inflate = createInflate()
    this.to = to
    this.err = 0
    this.msg = undefined
    this.result = undefined
    this.waiting = []
  }

  push(data, flush) {
    this.waiting.push(data)
    if (flush !== constants.Z_SYNC_FLUSH) return
    const bytes = this.inflated(Buffer.concat(this.waiting))
    this.waiting = []
    this.result = this.to === 'string' ? bytes.toString() : bytes
  }

  inflated(data) {
    const { _handle: handle, _writeState: left } = this.inflate
    const pieces = []
    let taken = 0
    do {
      const piece = Buffer.allocUnsafe(CHUNK)
      handle.writeSync(constants.Z_SYNC_FLUSH, data, taken, data.length - taken, piece, 0, CHUNK)
      pieces.push(piece.subarray(0, CHUNK - left[0]))
      taken = data.length - left[1]
    } while (left[0] === 0)
    return Buffer.concat(pieces)
  }
}

module.exports = { Inflate, Z_NO_FLUSH: constants.Z_NO_FLUSH, Z_SYNC_FLUSH: constants.Z_SYNC_FLUSH }
