import { probe } from './probe.js';

onmessage = async ({ data }) => postMessage(await probe(data));
