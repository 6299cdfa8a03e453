import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { S3PersistenceProvider } from '../../node_modules/fauxqs/dist/s3/s3Persistence.js';
import type { BucketType, S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js';
import type { MultipartPart, MultipartUpload, S3Object } from '../../node_modules/fauxqs/dist/s3/s3Types.js';

const text = z.string().exactOptional();
const checksumAlgorithm = z.enum(['CRC32', 'SHA1', 'SHA256']).exactOptional();
const kept = {
  key: z.string(),
  contentType: z.string(),
  metadata: z.record(z.string(), z.string()),
  contentLanguage: text,
  contentDisposition: text,
  cacheControl: text,
  contentEncoding: text,
  checksumAlgorithm,
};

const BucketHeader = z.object({
  name: z.string(),
  creationDate: z.coerce.date(),
  type: z.enum(['general-purpose', 'directory']),
});
const ObjectHeader = z.object({
  ...kept,
  contentLength: z.number(),
  etag: z.string(),
  lastModified: z.coerce.date(),
  parts: z
    .array(z.object({ partNumber: z.number(), offset: z.number(), length: z.number() }))
    .exactOptional(),
  checksumValue: text,
  checksumType: z.enum(['FULL_OBJECT', 'COMPOSITE']).exactOptional(),
  partChecksums: z.array(z.string()).exactOptional(),
});
const UploadHeader = z.object({
  ...kept,
  uploadId: z.string(),
  bucket: z.string(),
  initiated: z.coerce.date(),
});
const PartHeader = z.object({
  partNumber: z.number(),
  etag: z.string(),
  lastModified: z.coerce.date(),
  checksumValue: text,
});

const LENGTH_BYTES = 4;
const FIRST_READ = 4096;

/** A record is one file: the length of its header, the header as JSON, the body. */
function readHeader<Header extends z.ZodType>(path: string, schema: Header) {
  const file = openSync(path, 'r');
  try {
    let start: Buffer = Buffer.alloc(FIRST_READ);
    start = start.subarray(0, readSync(file, start, 0, FIRST_READ, 0));
    const bodyAt = LENGTH_BYTES + start.readUInt32BE(0);
    if (bodyAt > start.length) {
      start = Buffer.alloc(bodyAt);
      readSync(file, start, 0, bodyAt, 0);
    }
    return { header: schema.parse(JSON.parse(start.toString('utf8', LENGTH_BYTES, bodyAt))), bodyAt };
  } finally {
    closeSync(file);
  }
}

const readBody = (path: string): Buffer => readFileSync(path).subarray(readHeader(path, z.unknown()).bodyAt);

/** @returns nothing, and says so on stderr, if the file is absent or damaged (a power cut, not a kill) */
function readable<Header extends z.ZodType>(path: string, schema: Header) {
  try {
    return readHeader(path, schema);
  } catch (error) {
    console.error(`S3 goes without ${path}: ${String(error)}`);
    return undefined;
  }
}

/**
 * Keeps the buckets and objects of fauxqs on disk. Each object is one file, named by the hash of its key
 * and put in place by a rename, so that a kill leaves the old object or the new one, and no key can name
 * a file outside. (fauxqs's own two files an object can be left torn, and `../` in a key is a path to it.)
 */
export class ObjectFiles implements S3PersistenceProvider {
  readonly #buckets: string;
  readonly #uploads: string;
  readonly #temporary: string;

  /** @param directory made if absent; used by nobody else */
  constructor(directory: string) {
    this.#buckets = join(directory, 'buckets');
    this.#uploads = join(directory, 'uploads');
    this.#temporary = join(directory, 'temporary');
    rmSync(this.#temporary, { recursive: true, force: true });
    for (const made of [this.#buckets, this.#uploads, this.#temporary]) mkdirSync(made, { recursive: true });
  }

  #write(path: string, header: object, body: Uint8Array = Buffer.alloc(0)): void {
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(json.length);
    const temporary = join(this.#temporary, randomUUID());
    const file = openSync(temporary, 'wx');
    try {
      for (const piece of [length, json, body])
        for (let done = 0; done < piece.length;) done += writeSync(file, piece, done);
    } finally {
      closeSync(file);
    }
    mkdirSync(dirname(path), { recursive: true });
    renameSync(temporary, path);
  }

  /** Gone at once, whatever interrupts the removal. */
  #remove(directory: string): void {
    const temporary = join(this.#temporary, randomUUID());
    renameSync(directory, temporary);
    rmSync(temporary, { recursive: true, force: true });
  }

  #objectPath(bucket: string, key: string): string {
    const hash = createHash('sha256').update(key).digest('hex');
    return join(this.#buckets, bucket, 'objects', hash.slice(0, 2), hash);
  }

  insertBucket(name: string, creationDate: Date, type: BucketType): void {
    this.#write(join(this.#buckets, name, 'bucket'), { name, creationDate, type });
  }

  deleteBucket(name: string): void {
    this.#remove(join(this.#buckets, name));
  }

  saveBucketLifecycleConfiguration(bucket: string, config: string): void {
    this.#write(join(this.#buckets, bucket, 'lifecycle'), {}, Buffer.from(config));
  }

  deleteBucketLifecycleConfiguration(bucket: string): void {
    rmSync(join(this.#buckets, bucket, 'lifecycle'), { force: true });
  }

  upsertObject(bucket: string, { body, ...header }: S3Object): void {
    this.#write(this.#objectPath(bucket, header.key), header, body);
  }

  deleteObject(bucket: string, key: string): void {
    rmSync(this.#objectPath(bucket, key), { force: true });
  }

  deleteObjectsByBucket(bucket: string): void {
    rmSync(join(this.#buckets, bucket, 'objects'), { recursive: true, force: true });
  }

  deleteAllObjects(): void {
    for (const bucket of readdirSync(this.#buckets)) this.deleteObjectsByBucket(bucket);
  }

  renameObject(bucket: string, sourceKey: string, destKey: string): void {
    const { header } = readHeader(this.#objectPath(bucket, sourceKey), ObjectHeader);
    this.upsertObject(bucket, { ...header, key: destKey, body: this.readBody(bucket, sourceKey) });
    if (sourceKey !== destKey) this.deleteObject(bucket, sourceKey);
  }

  readBody(bucket: string, key: string): Buffer {
    return readBody(this.#objectPath(bucket, key));
  }

  insertMultipartUpload({ parts: _parts, ...header }: MultipartUpload): void {
    this.#write(join(this.#uploads, header.uploadId, 'upload'), header);
  }

  upsertMultipartPart(uploadId: string, { body, ...header }: MultipartPart): void {
    this.#write(join(this.#uploads, uploadId, `part-${header.partNumber}`), header, body);
  }

  deleteMultipartUpload(uploadId: string): void {
    this.#remove(join(this.#uploads, uploadId));
  }

  completeMultipartUpload(uploadId: string, bucket: string, obj: S3Object): void {
    this.upsertObject(bucket, obj);
    this.deleteMultipartUpload(uploadId);
  }

  deleteAllMultipartUploads(): void {
    for (const uploadId of readdirSync(this.#uploads)) this.deleteMultipartUpload(uploadId);
  }

  purgeAll(): void {
    this.deleteAllMultipartUploads();
    for (const bucket of readdirSync(this.#buckets)) this.deleteBucket(bucket);
  }

  close(): void {
    // Every write is on its own: nothing is open.
  }

  /** Gives the store what is on disk; bodies of objects stay there, parts of unfinished uploads do not. */
  loadS3(store: S3Store): void {
    for (const name of readdirSync(this.#buckets)) this.#loadBucket(store, name);
    for (const uploadId of readdirSync(this.#uploads)) this.#loadUpload(store, join(this.#uploads, uploadId));
  }

  #loadBucket(store: S3Store, name: string): void {
    const directory = join(this.#buckets, name);
    const bucket = readable(join(directory, 'bucket'), BucketHeader)?.header;
    if (!bucket) return;
    store.createBucket(bucket.name, bucket.type);
    store.setBucketCreationDate(bucket.name, bucket.creationDate);
    const lifecycle = join(directory, 'lifecycle');
    if (existsSync(lifecycle))
      store.restoreBucketLifecycleConfiguration(name, readBody(lifecycle).toString());
    const objects = join(directory, 'objects');
    if (!existsSync(objects)) return;
    for (const entry of readdirSync(objects, { recursive: true, withFileTypes: true })) {
      const object = entry.isFile() && readable(join(entry.parentPath, entry.name), ObjectHeader);
      if (object) store.restoreObject(name, { ...object.header, body: Buffer.alloc(0) });
    }
  }

  #loadUpload(store: S3Store, directory: string): void {
    const upload = readable(join(directory, 'upload'), UploadHeader)?.header;
    if (!upload) return;
    const parts = new Map<number, MultipartPart>();
    for (const name of readdirSync(directory).filter((name) => name.startsWith('part-'))) {
      const part = readable(join(directory, name), PartHeader)?.header;
      if (part) parts.set(part.partNumber, { ...part, body: readBody(join(directory, name)) });
    }
    store.restoreMultipartUpload({ ...upload, parts });
  }
}
