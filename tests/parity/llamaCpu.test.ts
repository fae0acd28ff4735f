import { beforeAll } from 'vitest';
import { testCpu } from '../cpu';
import { compareLlama } from './llama';

beforeAll(async () => void (await testCpu()));

compareLlama('odd');
compareLlama('grouped');
