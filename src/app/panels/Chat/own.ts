// The state of the Chat screen, built from the page's world.
import { readDraft } from '../../state/drafts';
import { feedback, world } from '../../world';
import { AnswerNotes } from './answerNotes.svelte';
import { Chat } from './chat.svelte';
import { ChatModels } from './chatModels.svelte';
import { Classifying } from './classifying.svelte';
import { Drawers } from './drawers.svelte';
import { Joining } from './joining.svelte';
import { OpenToken } from './openToken.svelte';
import { Talks } from './talks.svelte';

export const talks = new Talks(world);
export const chatModels = new ChatModels({ ...world, talks });
export const chat = new Chat({ ...world, talks, chatModels });
export const notes = new AnswerNotes({ ...world, feedback, talks });
export const joining = new Joining({ ...world, chatModels });
export const openToken = new OpenToken({ ...world, talks });
export const classifying = new Classifying({ ...world, chatModels });
export const drawers = new Drawers();
chat.restore(readDraft('chat'));
classifying.restore(readDraft('classify'));
