// One suite for all parts: to load CDK takes seconds, a template half of one.
import './parts/table.ts';
import './parts/api.ts';
import './parts/machines.ts';
import './parts/resilience.ts';
import './parts/drawings.ts';
import './parts/functions.ts';
import './parts/environment.ts';
import './parts/permissions.ts';
import './parts/queues.ts';
import './parts/sweep.ts';
import './parts/watchdog.ts';
import './parts/sources.ts';
import './parts/job-events.ts';
