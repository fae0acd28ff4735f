import type { ErrorWords } from './errors';

/** Errors of the room `engine`. */
export const engineErrors = {
  'webgpu-missing': {
    en: 'This browser does not offer WebGPU, which training runs on. Use Chrome or Edge 113 or newer, Firefox 141 or Safari 26, over https or on localhost.',
    zh: '此浏览器不提供训练所需的 WebGPU。请使用 Chrome 或 Edge 113 以上、Firefox 141 或 Safari 26，并通过 https 或 localhost 打开。',
    cure: 'open-machine',
  },
  'webgpu-adapter': {
    en: 'WebGPU is there, but it found no graphics adapter. Turn on hardware acceleration in the browser’s settings, update the graphics driver, then reload.',
    zh: '浏览器有 WebGPU，但没有找到图形适配器。请在浏览器设置中开启硬件加速、更新显卡驱动，然后重新加载。',
    cure: 'open-machine',
  },
  'webgpu-device': {
    en: 'The graphics adapter {adapter} refused to give a device: {message}. Close other tabs that use the GPU, then reload.',
    zh: '图形适配器 {adapter} 拒绝提供设备：{message}。请关闭其他占用 GPU 的标签页，然后重新加载。',
    cure: 'reload',
  },
  'gpu-lost': {
    en: 'The connection to the GPU was lost ({reason}: {message}). Nothing that was saved is lost; reload the page and go on from the last checkpoint.',
    zh: '与 GPU 的连接已断开（{reason}：{message}）。已保存的内容没有丢失；请重新加载页面，从最近的检查点继续。',
    cure: 'reload',
  },
  'gpu-fault': {
    en: 'The GPU refused a computation: {message}. It was closed and is opened again with the next thing you do; a run goes on from its last checkpoint.',
    zh: 'GPU 拒绝了一次计算：{message}。GPU 已关闭，下一次操作时会重新打开；训练可从最近的检查点继续。',
    cure: 'open-runs',
  },
  'gpu-memory': {
    en: 'The memory of the GPU is full: {message}. Close other programs and tabs that use it, or choose a smaller model, batch or context; a run goes on from its last checkpoint.',
    zh: 'GPU 显存已满：{message}。请关闭其他占用 GPU 的程序和标签页，或选择更小的模型、批大小或上下文长度；训练可从最近的检查点继续。',
    cure: 'open-model',
  },
  'cpu-simd': {
    en: 'This browser’s WebAssembly has no SIMD, which training on the CPU needs. Use Chrome or Edge 91, Firefox 89, Safari 16.4 or newer.',
    zh: '此浏览器的 WebAssembly 不支持 SIMD，而在 CPU 上训练需要它。请使用 Chrome 或 Edge 91、Firefox 89、Safari 16.4 或更新版本。',
    cure: 'open-machine',
  },
  'cpu-wasm': {
    en: 'Training on the CPU could not be started: {message}. Reload the page; if that does not help, choose the GPU under “This machine”.',
    zh: '无法启动 CPU 训练：{message}。请重新加载页面；若仍不行，请在“本机”中选择 GPU。',
    cure: 'reload',
  },
  'cpu-memory': {
    en: 'The CPU’s memory for training is full: {bytes} more bytes could not be had. Choose a smaller model, batch or context.',
    zh: 'CPU 训练可用的内存已满：无法再分配 {bytes} 字节。请选择更小的模型、批大小或上下文长度。',
    cure: 'open-model',
  },
  'engine-closed': {
    en: 'The engine is not open: no GPU device is attached. Reload the page.',
    zh: '引擎尚未打开：没有连接 GPU 设备。请重新加载页面。',
    cure: 'reload',
  },
  'engine-shell': {
    en: 'TensorFlow.js {version} lacks parts that this studio builds on ({missing}). Install exactly the versions of package-lock.json (npm ci).',
    zh: 'TensorFlow.js {version} 缺少本工作室所依赖的部分（{missing}）。请按 package-lock.json 安装精确版本（npm ci）。',
  },
  'logits-not-finite': {
    en: 'The model’s output is not a number any more: a weight has become infinite or NaN. Go back to an earlier checkpoint, or train again with a lower rate.',
    zh: '模型的输出已不是有效数字：某个权重变成了无穷大或 NaN。请回到更早的检查点，或用更低的学习率重新训练。',
    cure: 'open-runs',
  },
  'weights-missing': {
    en: 'The tensor {name} is missing from these weights, so the model cannot be loaded. Use another checkpoint, or import the model again.',
    zh: '权重中缺少张量 {name}，无法加载模型。请使用其他检查点，或重新导入模型。',
    cure: 'open-runs',
  },
  'weights-size': {
    en: 'The tensor {name} has {found} bytes where the model needs {expected}. Use another checkpoint, or import the model again.',
    zh: '张量 {name} 有 {found} 字节，而模型需要 {expected} 字节。请使用其他检查点，或重新导入模型。',
    cure: 'open-runs',
  },
  'step-no-labels': {
    en: 'None of the tokens of this step is graded, so there is nothing to learn from. Add data or raise the batch size.',
    zh: '这一步没有任何需要评分的词元，无从学习。请增加数据或调大批大小。',
    cure: 'open-data',
  },
  'kernel-variant': {
    en: 'This run used the kernel {variant} for {op}, which this version or this graphics adapter no longer runs; since step {step} another takes its place. The run is as good as before, but no longer bit for bit what it would have been.',
    zh: '此训练曾为 {op} 使用内核 {variant}，而当前版本或图形适配器已无法运行它；从第 {step} 步起改用另一个内核。训练质量不变，但结果不再与原来逐位一致。',
  },
  'matrix-parts': {
    en: 'This graphics adapter binds less memory at once than the one on which this run began: since step {step} its largest matrices stand in more parts. The run is as good as before, but no longer bit for bit what it would have been.',
    zh: '此图形适配器一次可绑定的内存少于训练开始时所用的适配器：从第 {step} 步起，最大的矩阵被分成更多部分。训练质量不变，但结果不再与原来逐位一致。',
  },
} satisfies Record<string, ErrorWords>;
