import { beforeAll } from 'vitest';
import { testEngine } from '../gpu';
import { compareLlama } from './llama';

beforeAll(async () => void (await testEngine()));

compareLlama('odd');
compareLlama('grouped');
