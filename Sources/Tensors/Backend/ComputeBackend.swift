/// The arithmetic that forward and backward passes in training are made of.
///
/// Shapes use the letters T tokens, D hidden, H query heads, G key/value heads, E head width, F feed-forward,
/// V vocabulary. Gradients accumulate (`+=`) where a parameter is `inout`-like and named `d…`, unless said
/// otherwise. Conformers agree within float32 rounding; `ReferenceBackend` is the oracle.
package protocol ComputeBackend: Sendable {
  /// The backend's name as it is written into manifests.
  var name: String { get }

  /// `c = alpha · op(a) · op(b) + beta · c` on row-major matrices.
  /// - Parameters:
  ///   - a: `[m, k]`, or `[k, m]` when transposed.
  ///   - b: `[k, n]`, or `[n, k]` when transposed.
  ///   - c: `[m, n]`.
  func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, alpha: Float, beta: Float)

  /// `out = x · s · gain`, `s = (mean(x²) + epsilon)^(−½)`; Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467
  /// - Parameters:
  ///   - x: `[T, D]`.
  ///   - gain: `[D]`.
  ///   - inverseRMS: receives `s`, `[T]`.
  func rmsNorm(_ x: Tensor, gain: Tensor, epsilon: Float, out: Tensor, inverseRMS: Tensor)
  /// Adds to `dx` (and `dGain`, unless frozen).
  func rmsNormBackward(
    dOut: Tensor, x: Tensor, gain: Tensor, inverseRMS: Tensor, dx: Tensor, dGain: Tensor?)

  /// `out = (x − m) · s · gain + bias`, `s = (variance(x) + epsilon)^(−½)`; Ba et al. 2016,
  /// https://arxiv.org/abs/1607.06450
  /// - Parameters:
  ///   - x: `[T, D]`.
  ///   - gain: `[D]`.
  ///   - bias: `[D]`.
  ///   - mean: receives `m`, `[T]`.
  ///   - inverseDeviation: receives `s`, `[T]`.
  func layerNorm(
    _ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float, out: Tensor, mean: Tensor,
    inverseDeviation: Tensor)
  /// Adds to `dx`, `dGain` and `dBias`.
  func layerNormBackward(
    dOut: Tensor, x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor, dx: Tensor,
    dGain: Tensor, dBias: Tensor)

  /// Rotates every head of `x` in place by its row's position; `inverse` rotates back.
  /// - Parameters:
  ///   - x: rows of `heads` heads.
  ///   - tables: cosines and sines of as many of a head's first elements as are rotated.
  ///   - positions: `[T]`.
  func rotate(_ x: Matrix, heads: Int, tables: RotaryTables, positions: [Int32], inverse: Bool)

  /// Attention of packed sequences; Vaswani et al. 2017, equation 1, https://arxiv.org/abs/1706.03762
  /// - Parameters:
  ///   - queryKeyValue: queries, keys (both rotated where positions are), then values, `[T, (H + 2G)·E]`.
  ///   - out: receives `[T, H·E]`.
  func attention(_ queryKeyValue: Tensor, _ shape: AttentionShape, out: Tensor)
  /// Overwrites `dQueryKeyValue`; the probabilities are computed anew.
  func attentionBackward(
    dOut: Tensor, queryKeyValue: Tensor, _ shape: AttentionShape, dQueryKeyValue: Tensor)

  /// `out[T, F] = silu(gate) ∘ up` for `gateUp` `[T, 2F]`; Shazeer 2020, https://arxiv.org/abs/2002.05202
  func swiglu(_ gateUp: Tensor, out: Tensor)
  /// Overwrites `dGateUp`.
  func swigluBackward(dOut: Tensor, gateUp: Tensor, dGateUp: Tensor)

  /// `out = x · Φ(x)`, Φ the normal distribution; Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
  func gelu(_ x: Tensor, out: Tensor)
  /// Overwrites `dx`.
  func geluBackward(dOut: Tensor, x: Tensor, dx: Tensor)

  /// `out = x · (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2`, which many networks mean by GELU; ibid.
  func geluTanh(_ x: Tensor, out: Tensor)
  /// Overwrites `dx`.
  func geluTanhBackward(dOut: Tensor, x: Tensor, dx: Tensor)

  /// `out[T, F] = geluTanh(gate) ∘ up` for `gateUp` `[T, 2F]`; Shazeer 2020, https://arxiv.org/abs/2002.05202
  func geglu(_ gateUp: Tensor, out: Tensor)
  /// Overwrites `dGateUp`.
  func gegluBackward(dOut: Tensor, gateUp: Tensor, dGateUp: Tensor)

  /// `x = cap · tanh(x / cap)`; Gemma Team 2024, https://arxiv.org/abs/2408.00118
  func softCap(_ x: Tensor, cap: Float)
  /// Makes `d`, the gradient of results, that of what was capped.
  /// - Parameter capped: the results.
  func softCapBackward(_ d: Tensor, capped: Tensor, cap: Float)

  /// `out += x`.
  func add(_ x: Tensor, to out: Tensor)

  /// One AdamW step over one parameter block; Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
  /// - Parameter step: counted from 1.
  func adamW(
    parameter: Tensor, firstMoment: Tensor, secondMoment: Tensor, gradient: Tensor,
    settings: AdamWSettings, learningRate: Double, step: Int)

  /// Log-likelihood of each row's target under softmax(logits), in nats.
  /// - Parameters:
  ///   - logits: `[T, V]`; with weights they become the gradient of −Σ weight · log-likelihood.
  ///   - targets: `[T]`.
  ///   - weights: `[T]`, or `nil` when no gradient is wanted.
  func crossEntropy(_ logits: Tensor, targets: [Int32], weights: [Float]?) -> [Double]

  /// KL(softmax(reference) ‖ softmax(logits)) of each row, in nats.
  /// - Parameters:
  ///   - logits: `[T, V]`; become the gradient of Σ weight · divergence.
  ///   - reference: `[T, V]`; scratch afterwards.
  ///   - weights: `[T]`.
  func divergence(_ logits: Tensor, from reference: Tensor, weights: [Float]) -> [Double]

  /// `out = x ∘ mask / (1 − rate)`, or `out +=`; Srivastava et al. 2014.
  ///
  /// The mask is a function of `seed` and an element's place alone, so the backward pass is the same call.
  func dropout(_ x: Tensor, rate: Double, seed: UInt64, out: Tensor, accumulate: Bool)

  /// Σ x².
  func squaredNorm(_ x: Tensor) -> Double
  /// `x *= factor`.
  func scale(_ x: Tensor, by factor: Float)

  /// One Muon step over matrices; Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
  ///
  ///     buffer = m · buffer + (1 − m) · gradient,  update = m · buffer + (1 − m) · gradient
  ///     parameter −= learningRate · √max(1, rows/columns) · NewtonSchulz₅(update)
  /// - Parameter parameters: value, momentum buffer and gradient of each, `[rows, columns]`.
  func muon(
    _ parameters: [(value: Tensor, buffer: Tensor, gradient: Tensor)], momentum: Double,
    learningRate: Double)
}

/// The quintic iteration that drives a matrix's singular values towards 1, with Muon's coefficients.
package enum NewtonSchulz {
  package static let steps = 5
  package static let coefficients: (Float, Float, Float) = (3.4445, -4.7750, 2.0315)
}

/// How packed sequences attend to themselves.
package struct AttentionShape: Sendable {
  /// Rows of each sequence.
  package var sequences: [Range<Int>]
  /// H.
  package var heads: Int
  /// G; each serves `heads / keyValueHeads` query heads.
  package var keyValueHeads: Int
  /// E.
  package var width: Int
  /// Latest tokens attended to; 0 for all.
  package var window: Int
  /// Whether a token sees only itself and what is before it; if not, the window is 0.
  package var isCausal: Bool
  /// What products of queries and keys are multiplied by.
  package var scale: Float
  /// Bound of the scaled products, `cap · tanh(score / cap)`; 0 for none, and where attention is not causal.
  package var cap: Float

  /// - Parameter scale: default `E^(−½)`.
  package init(
    sequences: [Range<Int>], heads: Int, keyValueHeads: Int, width: Int, window: Int,
    isCausal: Bool = true, scale: Float? = nil, cap: Float = 0
  ) {
    precondition(isCausal || window == 0, "a window of tokens that are not before")
    precondition(isCausal || cap == 0, "a cap on attention that is not causal")
    self.sequences = sequences
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.width = width
    self.window = window
    self.isCausal = isCausal
    self.scale = scale ?? Float(1 / Double(width).squareRoot())
    self.cap = cap
  }

  /// Query heads that share one key/value head.
  var group: Int { heads / keyValueHeads }
  /// Columns of the stacked queries, keys and values.
  var columns: Int { (heads + 2 * keyValueHeads) * width }
  func keyColumn(_ group: Int) -> Int { (heads + group) * width }
  func valueColumn(_ group: Int) -> Int { (heads + keyValueHeads + group) * width }
}

/// Constants of AdamW; the defaults are `torch.optim.AdamW`'s.
package struct AdamWSettings: Sendable, Hashable, Codable {
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  /// Decoupled: a step multiplies the parameter by `1 − learningRate · weightDecay`.
  package var weightDecay: Double
  package init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }
}
