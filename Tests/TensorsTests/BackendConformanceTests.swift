import Tensors
import TestSupport
import Testing

/// Every backend against the reference; a backend that is not in the list is not tested.
@Suite struct BackendConformanceTests {
  static let backends: [any ComputeBackend] = [CPUBackend()]

  private func random(_ shape: [Int], _ seed: UInt64) -> Tensor {
    var source = RandomSource(seed: seed)
    let tensor = Tensor(shape)
    for index in 0..<tensor.count { tensor[index] = Float.random(in: -1..<1, using: &source) }
    return tensor
  }

  @Test(arguments: [(1, 1, 1), (3, 5, 7), (130, 33, 17), (300, 64, 40), (530, 1100, 9)])
  func multiply(_ m: Int, _ n: Int, _ k: Int) {
    for backend in Self.backends {
      for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
        let a = Matrix(random(ta ? [k, m] : [m, k], 1))
        let b = Matrix(random(tb ? [n, k] : [k, n], 2))
        let (ours, theirs) = (random([m, n], 3), random([m, n], 3))
        let (x, y) = (ta ? a.transposed : a, tb ? b.transposed : b)
        backend.multiply(x, y, into: Matrix(ours), alpha: 0.7, beta: 0.3)
        ReferenceBackend().multiply(x, y, into: Matrix(theirs), alpha: 0.7, beta: 0.3)
        expectClose(ours.values, theirs.values, absolute: 1e-5, relative: 1e-5, backend.name)
      }
    }
  }

  @Test(arguments: [(1, 16), (5, 64), (130, 37)])
  func rmsNorm(_ rows: Int, _ width: Int) {
    let (x, gain, dOut) = (random([rows, width], 1), random([width], 2), random([rows, width], 3))
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, inverse) = (Tensor([rows, width]), Tensor([rows]))
      let (dx, dGain) = (random([rows, width], 4), random([width], 5))
      backend.rmsNorm(x, gain: gain, epsilon: 1e-5, out: out, inverseRMS: inverse)
      backend.rmsNormBackward(
        dOut: dOut, x: x, gain: gain, inverseRMS: inverse, dx: dx, dGain: dGain)
      return [out, inverse, dx, dGain].map(\.values)
    }
    compare(results)
  }

  @Test(arguments: [(1, 16), (5, 64), (130, 37)])
  func layerNorm(_ rows: Int, _ width: Int) {
    let (x, dOut) = (random([rows, width], 1), random([rows, width], 3))
    let (gain, bias) = (random([width], 2), random([width], 6))
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, mean, inverse) = (Tensor([rows, width]), Tensor([rows]), Tensor([rows]))
      let (dx, dGain, dBias) = (random([rows, width], 4), random([width], 5), random([width], 7))
      backend.layerNorm(
        x, gain: gain, bias: bias, epsilon: 1e-5, out: out, mean: mean, inverseDeviation: inverse)
      backend.layerNormBackward(
        dOut: dOut, x: x, gain: gain, mean: mean, inverseDeviation: inverse, dx: dx, dGain: dGain,
        dBias: dBias)
      return [out, mean, inverse, dx, dGain, dBias].map(\.values)
    }
    compare(results)
  }

  @Test(arguments: [(1, 16), (4, 33), (140, 8)]) func gelu(_ rows: Int, _ width: Int) {
    let (x, dOut) = (random([rows, width], 1), random([rows, width], 2))
    for index in 0..<x.count { x[index] *= 9 }
    for index in 0..<4 { x[index] = [-90, 90, -30, 0][index] }
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, dx) = (Tensor([rows, width]), random([rows, width], 3))
      backend.gelu(x, out: out)
      backend.geluBackward(dOut: dOut, x: x, dx: dx)
      return [out.values, dx.values]
    }
    compare(results)
  }

  @Test func attentionBothWays() {
    let shape = AttentionShape(
      sequences: [0..<1, 1..<21, 21..<38], heads: 4, keyValueHeads: 4, width: 12, window: 0,
      isCausal: false)
    let (x, dOut) = (random([38, 144], 1), random([38, 48], 2))
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, dx) = (Tensor([38, 48]), random([38, 144], 3))
      backend.attention(x, shape, out: out)
      backend.attentionBackward(dOut: dOut, queryKeyValue: x, shape, dQueryKeyValue: dx)
      return [out.values, dx.values]
    }
    compare(results)
  }

  @Test(arguments: [false, true]) func rotate(inverse: Bool) {
    let tables = RotaryTables(inverseFrequencies: [1, 0.3, 0.01, 0.002], positions: 40)
    let positions = (0..<9).map { Int32($0 * 4) }
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let x = random([9, 40], 1)
      let view = Matrix(x, offset: 8, rows: 9, columns: 24, stride: 40)
      backend.rotate(view, heads: 3, tables: tables, positions: positions, inverse: inverse)
      return [x.values]
    }
    compare(results)
  }

  @Test(arguments: [0, 3]) func attention(window: Int) {
    let shape = AttentionShape(
      sequences: [0..<1, 1..<21, 21..<38], heads: 6, keyValueHeads: 2, width: 8, window: window)
    let x = random([38, 80], 1)
    let dOut = random([38, 48], 2)
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, dx) = (Tensor([38, 48]), random([38, 80], 3))
      backend.attention(x, shape, out: out)
      backend.attentionBackward(dOut: dOut, queryKeyValue: x, shape, dQueryKeyValue: dx)
      return [out.values, dx.values]
    }
    compare(results)
  }

  @Test func rotatesTheFirstElementsOfAHead() {
    let tables = RotaryTables(inverseFrequencies: [1, 0.3], positions: 40, factor: 1.2)
    let positions = (0..<9).map { Int32($0 * 4) }
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let x = random([9, 24], 1)
      backend.rotate(Matrix(x), heads: 3, tables: tables, positions: positions, inverse: false)
      return [x.values]
    }
    compare(results)
    // Of eight elements the last four stay.
    #expect(results[0][0][12...15] == random([9, 24], 1).values[12...15])
    #expect(results[0][0][24] != random([9, 24], 1)[24])
  }

  @Test(arguments: [0, 3]) func cappedAttention(window: Int) {
    let shape = AttentionShape(
      sequences: [0..<1, 1..<21, 21..<100], heads: 6, keyValueHeads: 2, width: 8, window: window,
      scale: 1.7, cap: 2.5)
    let (x, dOut) = (random([100, 80], 1), random([100, 48], 2))
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, dx) = (Tensor([100, 48]), random([100, 80], 3))
      backend.attention(x, shape, out: out)
      backend.attentionBackward(dOut: dOut, queryKeyValue: x, shape, dQueryKeyValue: dx)
      return [out.values, dx.values]
    }
    compare(results)
  }

  @Test(arguments: [(1, 16), (4, 33), (140, 8)]) func tanhGELU(_ rows: Int, _ width: Int) {
    let (x, dOut) = (random([rows, 2 * width], 1), random([rows, width], 2))
    for index in 0..<x.count { x[index] *= 5 }
    for index in 0..<min(4, x.count) { x[index] = [-90, 90, -30, 0][index] }
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, dx) = (Tensor([rows, width]), random([rows, 2 * width], 3))
      backend.geglu(x, out: out)
      backend.gegluBackward(dOut: dOut, gateUp: x, dGateUp: dx)
      let (plain, dPlain) = (Tensor(x.shape), random(x.shape, 4))
      backend.geluTanh(x, out: plain)
      backend.geluTanhBackward(dOut: x, x: x, dx: dPlain)
      return [out.values, dx.values, plain.values, dPlain.values]
    }
    compare(results)
  }

  @Test func softCap() {
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (x, d) = (random([7, 33], 1), random([7, 33], 2))
      for index in 0..<x.count { x[index] *= 40 }
      backend.softCap(x, cap: 9)
      backend.softCapBackward(d, capped: x, cap: 9)
      return [x.values, d.values]
    }
    compare(results)
  }

  @Test(arguments: [(1, 16), (4, 33), (140, 8)]) func swiglu(_ rows: Int, _ width: Int) {
    let (x, dOut) = (random([rows, 2 * width], 1), random([rows, width], 2))
    for index in 0..<min(4, x.count) { x[index] = [-90, 90, -30, 0][index] }
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, dx) = (Tensor([rows, width]), random([rows, 2 * width], 3))
      backend.swiglu(x, out: out)
      backend.swigluBackward(dOut: dOut, gateUp: x, dGateUp: dx)
      return [out.values, dx.values]
    }
    compare(results)
  }

  @Test func adamW() {
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (p, m, v) = (random([50], 1), Tensor([50]), Tensor([50]))
      for step in 1...5 {
        backend.adamW(
          parameter: p, firstMoment: m, secondMoment: v, gradient: random([50], UInt64(step)),
          settings: AdamWSettings(weightDecay: 0.1), learningRate: 0.01, step: step)
      }
      return [p.values, m.values, v.values]
    }
    compare(results)
  }

  @Test(arguments: [(1, 5), (9, 16), (20, 133)])
  func crossEntropy(_ rows: Int, _ width: Int) {
    let targets = (0..<rows).map { Int32($0 * 7 % width) }
    let weights = random([rows], 9).values
    for given in [weights, nil] {
      let results = (Self.backends + [ReferenceBackend()]).map { backend in
        let logits = random([rows, width], 1)
        backend.scale(logits, by: 9)
        let likelihoods = backend.crossEntropy(logits, targets: targets, weights: given)
        return [likelihoods.map(Float.init), logits.values]
      }
      compare(results)
    }
  }

  @Test(arguments: [(1, 5), (9, 16), (20, 133)])
  func divergence(_ rows: Int, _ width: Int) {
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (logits, reference) = (random([rows, width], 1), random([rows, width], 2))
      backend.scale(logits, by: 7)
      let divergences = backend.divergence(
        logits, from: reference, weights: random([rows], 3).values)
      return [divergences.map(Float.init), logits.values]
    }
    compare(results)
  }

  @Test func dropout() {
    let x = Tensor([1000, 300])
    x.fill(1)
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let (out, added) = (Tensor(x.shape), random(x.shape, 4))
      backend.dropout(x, rate: 0.25, seed: 77, out: out, accumulate: false)
      backend.dropout(x, rate: 0.25, seed: 77, out: added, accumulate: true)
      return [out.values, added.values]
    }
    compare(results)
    let dropped = results[0][0].count { $0 == 0 }
    expectClose(Double(dropped), 75_000, absolute: 1000)
    #expect(results[0][0].allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
  }

  @Test func muon() {
    let shapes = [[8, 8], [5, 12], [30, 7]]
    let results = (Self.backends + [ReferenceBackend()]).map { backend in
      let parameters = shapes.map {
        (value: random($0, 1), buffer: random($0, 2), gradient: random($0, 3))
      }
      backend.muon(parameters, momentum: 0.95, learningRate: 0.1)
      return parameters.flatMap { [$0.value.values, $0.buffer.values] }
    }
    compare(results)
  }

  @Test func squaredNorm() {
    let x = random([37, 11], 5)
    for backend in Self.backends {
      expectClose(backend.squaredNorm(x), ReferenceBackend().squaredNorm(x), absolute: 1e-9)
    }
  }

  private func compare(_ results: [[[Float]]]) {
    guard let reference = results.last else { return }
    for (backend, result) in zip(Self.backends, results) {
      for (ours, theirs) in zip(result, reference) {
        expectClose(ours, theirs, absolute: 2e-6, relative: 2e-5, backend.name)
      }
    }
  }

  /// Packed products: float32 close to the reference, bfloat16 close to rounded inputs, the same bits in any company.
  @Test(arguments: ComputeType.allCases, [(64, 48), (200, 33), (5000, 24)])
  func packedMatrix(_ type: ComputeType, _ shape: (Int, Int)) throws {
    let (n, k) = shape
    nonisolated(unsafe) let w = random([n, k], 1)
    let x = random([70, k], 2)
    let packed = try PackedMatrix(rows: n, columns: k, computeType: type) { range, buffer in
      _ = buffer.update(fromContentsOf: w.elements[range.lowerBound * k..<range.upperBound * k])
    }
    let rows = Rows(capacity: 70, columns: k, computeType: type)
    for row in 0..<70 { rows.set(row: row, from: x.pointer + row * k) }
    let (all, expected) = (Tensor([70, n]), Tensor([70, n]))
    packed.multiply(rows, rows: 70, into: all.pointer)
    ReferenceBackend().multiply(
      Matrix(x), Matrix(w).transposed, into: Matrix(expected), alpha: 1, beta: 0)
    expectClose(all.values, expected.values, absolute: type == .float32 ? 1e-5 : 0.05)
    for count in [1, 2, 33] {
      let some = Tensor([count, n])
      packed.multiply(rows, rows: count, into: some.pointer)
      #expect(some.values == Array(all.values.prefix(count * n)))
    }
  }

  /// Pieces of paired weights hold the same columns of both halves, and cover every row and column once.
  @Test(arguments: ComputeType.allCases, [(64, 48), (1200, 33), (5000, 24)])
  func pairedPieces(_ type: ComputeType, _ shape: (Int, Int)) throws {
    let (n, k, count) = (shape.0, shape.1, 300)
    nonisolated(unsafe) let w = random([n, k], 1)
    let x = random([count, k], 2)
    func packed(isPaired: Bool) throws -> PackedMatrix {
      try PackedMatrix(rows: n, columns: k, computeType: type, isPaired: isPaired) {
        _ = $1.update(fromContentsOf: w.elements[$0.lowerBound * k..<$0.upperBound * k])
      }
    }
    let rows = Rows(capacity: count, columns: k, computeType: type)
    for row in 0..<count {  // in two parts, as attention's heads come
      rows.set(row: row, columns: 0..<k / 2, from: x.pointer + row * k)
      rows.set(row: row, columns: k / 2..<k, from: x.pointer + row * k + k / 2)
    }
    let (plain, halves) = (Tensor([count, n]), Tensor([count, n]))
    try packed(isPaired: false).multiply(rows, rows: count, into: plain.pointer)
    try packed(isPaired: true).multiply(rows, rows: count) { piece in
      for (index, row) in piece.rows.enumerated() {
        for (offset, column) in piece.columns.enumerated() {
          let values = piece.values + index * piece.stride + offset
          halves.pointer[row * n + column] += values[0]
          halves.pointer[row * n + n / 2 + column] += values[piece.columns.count]
        }
      }
    }
    expectClose(halves.values, plain.values, absolute: 1e-5)
  }
}
