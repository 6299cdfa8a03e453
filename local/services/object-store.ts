import { buildApp } from 'fauxqs';
import { S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js';
import { SnsStore } from '../../node_modules/fauxqs/dist/sns/snsStore.js';
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { ObjectFiles } from './object-files.ts';
import type { Closeable } from './service.ts';

/** The largest object that S3 takes in one PUT, in bytes. */
const LARGEST_BODY = 5 * 1024 ** 3;

type Listing = ReturnType<S3Store['listObjects']>;
type ListOptions = Parameters<S3Store['listObjects']>[1];

/**
 * Lists in the order in which it continues: fauxqs sorts by locale but goes on after a key by code unit,
 * so that its second page leaves keys out.
 */
export class OrderedStore extends S3Store {
  override listObjects(bucket: string, options: ListOptions = {}): Listing {
    const { prefix = '', delimiter, maxKeys = 1000 } = options;
    const after = options.startAfter ?? options.marker ?? '';
    const { objects } = super.listObjects(bucket, { prefix, maxKeys: Infinity });
    objects.sort((a, b) => (a.key < b.key ? -1 : 1));
    const page: Listing = { objects: [], commonPrefixes: [], isTruncated: false };
    for (const object of objects) {
      const end = delimiter ? object.key.indexOf(delimiter, prefix.length) + delimiter.length : 0;
      const common =
        delimiter && end >= prefix.length + delimiter.length ? object.key.slice(0, end) : undefined;
      if (
        object.key <= after ||
        (common !== undefined && (common === after || common === page.commonPrefixes.at(-1)))
      )
        continue;
      page.isTruncated = page.objects.length + page.commonPrefixes.length >= maxKeys;
      if (page.isTruncated) break;
      if (common === undefined) page.objects.push(object);
      else page.commonPrefixes.push(common);
    }
    const last = page.objects.at(-1)?.key;
    // The next page starts after the last object, if there is one: what follows it here would come twice.
    if (page.isTruncated && last !== undefined)
      page.commonPrefixes = page.commonPrefixes.filter((common) => common < last);
    return page;
  }
}

/**
 * Starts S3 (fauxqs) on 127.0.0.1 with its objects on disk. It sends no events; see `s3-front.ts`.
 *
 * @param directory of the objects; made if absent
 * @param port 0 or none takes a free one
 * @throws `EADDRINUSE` as `code` if the port is taken
 */
export async function startObjectStore({
  directory,
  port = 0,
}: {
  directory: string;
  port?: number;
}): Promise<Closeable & { endpoint: string }> {
  const s3Store = new OrderedStore();
  const files = new ObjectFiles(directory);
  files.loadS3(s3Store);
  s3Store.persistence = files;

  // startFauxqs would listen on every interface, take no more than 11 MiB and parse bodies by their type.
  const app = buildApp({
    logger: false,
    stores: { s3Store, sqsStore: new SqsStore(), snsStore: new SnsStore() },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_BODY }, (_request, body, done) => {
    done(null, body);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    // fauxqs fails on an empty body without a type; this is the type that S3 gives it.
    if (request.method === 'PUT' || request.method === 'POST')
      request.headers['content-type'] ??= 'binary/octet-stream';
    done();
  });
  app.server.keepAliveTimeout = 0;
  const endpoint = await app.listen({ host: '127.0.0.1', port });
  return { endpoint, close: () => app.close() };
}
