// The matmul in f64 loops: the reference that every variant is compared with. It is never run in training.
import type { CpuTensor } from '../../device/kernel';
import type { MatmulJob } from './matmulSpec';

type Numbers = CpuTensor['data'];

/** c += alpha · op(a) op(b) in every window of a job, in f64 sums; b is not packed. */
export function referenceInto(
  { form, windows, count, batch, alpha }: MatmulJob,
  c: Numbers,
  a: Numbers,
  b: Numbers,
): void {
  for (let z = 0; z < count; z++) {
    const { M, N, K, at, step } = windows.length > 1 ? windows[z]! : windows[0]!;
    const [atC, atA, atB] = at.map((first, i) => first + z * batch[i]!) as [number, number, number];
    const [aRow, aStep] = form === 'TN' ? [1, step[1]] : [step[1], 1];
    const [bColumn, bStep] = form === 'NT' ? [step[2], 1] : [1, step[2]];
    for (let i = 0; i < M * N; i++) {
      const [m, n] = [Math.floor(i / N), i % N];
      const [fromA, fromB] = [atA + m * aRow, atB + n * bColumn];
      let sum = 0;
      for (let k = 0; k < K; k++) sum += a[fromA + k * aStep]! * b[fromB + k * bStep]!;
      c[atC + m * step[0] + n]! += alpha * sum;
    }
  }
}
