import { recordingServer, refusal, type Answer, type Recorded } from '../recording-server.ts';

/** What a service is asked, by operation or, of those with paths, by path: the request as JSON. */
export type Asked = Record<string, unknown>;

/** Answers of services by operation, or by path without its query: one for each request, or each in turn. */
export type Answers = Record<string, Answer | ((asked: Asked) => object | Answer)>;

const IDENTITY_XML = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
  <Account>111122223333</Account><Arn>arn:aws:iam::111122223333:role/overdue</Arn><UserId>AROA</UserId>
  </GetCallerIdentityResult></GetCallerIdentityResponse>`;

const ROLE = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIASHOP</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
  <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

const isAnswer = (given: object): given is Answer =>
  'status' in given || 'headers' in given || 'body' in given;

/** Services of AWS that answer over HTTP what their documentation shows; STS knows us as account 111122223333. */
export async function responder() {
  let answers: Answers = {};
  const asked: { what: string; asked: Asked; signedBy: string }[] = [];
  const server = await recordingServer((request) => {
    if (request.body.includes('Action=GetCallerIdentity')) return IDENTITY;
    if (request.body.includes('Action=AssumeRole')) return xml(ROLE);
    const [path = '', query] = request.path.split('?');
    const what = request.target || path;
    const body = { ...Object.fromEntries(new URLSearchParams(query)), ...parsed(request) };
    asked.push({ what, asked: body, signedBy: request.signedBy });
    const answer = answers[what];
    if (answer === undefined) return refusal('UnknownOperationException');
    const given = typeof answer === 'function' ? answer(body) : answer;
    return isAnswer(given) ? given : { body: given };
  });
  return {
    ...server,
    asked,
    answer(given: Answers) {
      answers = given;
      asked.length = 0;
    },
  };
}

function parsed({ body }: Recorded): Asked {
  return body === '' ? {} : (JSON.parse(body) as Asked);
}

function xml(body: string): Answer {
  return { headers: { 'content-type': 'text/xml' }, body };
}

/** STS says that we are account 111122223333. */
export const IDENTITY: Answer = xml(IDENTITY_XML);

/** Seconds since 1970, as the services' JSON has times. */
export const seconds = (iso: string): number => Date.parse(iso) / 1000;
