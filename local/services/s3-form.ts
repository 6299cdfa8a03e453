const HEAD_BYTES = 64 * 1024;

/** Listens to a form upload and finds out under which key its file is stored. */
export class FormKey {
  readonly #pieces: Buffer[] = [];
  readonly #boundary: string;
  #size = 0;

  /** @param contentType of the request, with its boundary */
  constructor(contentType: string) {
    this.#boundary = /boundary="?([^\s;"]+)/i.exec(contentType)?.[1] ?? '';
  }

  /** Keeps the start of the form only: S3 allows 20 KB before the file. */
  observe(piece: Buffer): void {
    if (this.#size < HEAD_BYTES) this.#pieces.push(piece.subarray(0, HEAD_BYTES - this.#size));
    this.#size += piece.length;
  }

  /** @returns nothing if the form names no key before its file */
  key(): string | undefined {
    const head = Buffer.concat(this.#pieces).toString('utf8');
    let key: string | undefined;
    for (const part of head.split(`--${this.#boundary}`).slice(1)) {
      const [, headers = '', value = ''] = /^\r\n(.*?)\r\n\r\n(.*)$/s.exec(part) ?? [];
      const name = /;\s*name="([^"]*)"/i.exec(headers)?.[1];
      const filename = /;\s*filename="([^"]*)"/i.exec(headers)?.[1];
      if (name === 'file' || filename !== undefined)
        return key?.replaceAll('${filename}', () => (filename ?? '').replace(/^.*[/\\]/, ''));
      if (name === 'key') key = value.replace(/\r\n$/, '');
    }
    return undefined;
  }
}
