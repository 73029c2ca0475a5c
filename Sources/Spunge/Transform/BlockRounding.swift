import Tensors

/// How quantised formats round weights: blocks of consecutive numbers share a scale.
enum BlockRounding: Sendable {
  /// bitsandbytes' 4-bit formats: the nearest code in a table times the block's absolute maximum; blocks span rows.
  case codes(CodeTable, blockSize: Int)
  /// 127 steps up to the absolute maximum of a row of float16 weights; LLM.int8().
  case row8
  /// `2^(bits−1) − 1` steps up to the absolute maximum of a group within a row (0: the whole row).
  case symmetric(bits: Int, groupSize: Int)
  /// ggml's q4_0: blocks of 32 weights with a float16 scale such that the weight of largest magnitude becomes −8.
  case ggml4
  /// ggml's q8_0: blocks of 32 weights with a float16 scale and 127 steps.
  case ggml8

  /// The smallest number of rows that contain whole blocks.
  func rowsOfWholeBlocks(columns: Int) -> Int {
    guard case .codes(_, let size) = self, columns > 0 else { return 1 }
    var (a, b) = (size, columns)
    while b != 0 { (a, b) = (b, a % b) }
    return size / a
  }

  /// Rounds whole blocks in place.
  func round(_ values: UnsafeMutableBufferPointer<Float>, columns: Int) {
    let size =
      switch self {
      case .codes(_, let size): size
      case .row8: columns
      case .symmetric(_, let group): group == 0 ? columns : group
      case .ggml4, .ggml8: 32
      }
    let isFlat = if case .codes = self { true } else { false }
    let extent = isFlat ? values.count : columns
    guard extent > 0 else { return }
    for start in stride(from: 0, to: values.count, by: extent) {
      for first in stride(from: start, to: start + extent, by: size) {
        let last = min(first + size, start + extent)
        round(
          UnsafeMutableBufferPointer(rebasing: values[first..<last]), isWhole: last - first == size)
      }
    }
  }

  private func round(_ block: UnsafeMutableBufferPointer<Float>, isWhole: Bool) {
    let largest = block.reduce(0) { max($0, abs($1)) }
    switch self {
    case .codes(let table, _):
      let divisor = max(largest, 1e-38)
      let inverse = 1 / divisor
      for index in block.indices {
        let scaled = isWhole ? block[index] * inverse : block[index] / divisor
        block[index] = table.nearest(to: min(max(scaled, -1), 1)) * largest
      }
    case .row8:
      let halves = block.map(asFloat16)
      let top = halves.reduce(0) { max($0, abs($1)) }
      for index in block.indices where top > 0 {
        block[index] = (halves[index] * (127 / top)).rounded(.toNearestOrEven) * (top / 127)
      }
    case .symmetric(let bits, _):
      let steps = Float((1 << (bits - 1)) - 1)
      let scale = largest / steps
      for index in block.indices where scale > 0 {
        block[index] = (block[index] / scale).rounded(.toNearestOrEven) * scale
      }
    case .ggml4:
      let top = block.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
      let scale = top / -8
      let (inverse, stored) = (scale == 0 ? 0 : 1 / scale, asFloat16(scale))
      for index in block.indices {
        let code = min(15, (block[index] * inverse + 8.5).rounded(.towardZero))
        block[index] = (code - 8) * stored
      }
    case .ggml8:
      let scale = largest / 127
      let (inverse, stored) = (scale == 0 ? 0 : 1 / scale, asFloat16(scale))
      for index in block.indices {
        block[index] = (block[index] * inverse).rounded(.toNearestOrAwayFromZero) * stored
      }
    }
  }
}

/// The nearest float16 number.
private func asFloat16(_ value: Float) -> Float {
  FloatConversion.widenFloat16(FloatConversion.narrowToFloat16(value))
}

/// The values of 4-bit codes and the thresholds between them.
struct CodeTable: Sendable {
  /// Ascending.
  private let values: [Float]
  /// Midpoints of neighbours; a weight equal to a threshold rounds down.
  private let thresholds: [Float]
  /// Whether the values are magnitudes with a separate sign.
  private let isSigned: Bool

  func nearest(to value: Float) -> Float {
    let place = isSigned ? abs(value) : value
    let nearest = values[thresholds.prefix { place > $0 }.count]
    return isSigned && value < 0 ? -nearest : nearest
  }

  /// Dettmers et al. 2023, https://arxiv.org/abs/2305.14314, appendix E.
  static let nf4 = CodeTable(
    values: [
      -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
      -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
      0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
      0.7229568362236023, 1,
    ],
    thresholds: [
      -0.8480964004993439, -0.6106329262256622, -0.4599952697753906, -0.33967943489551544,
      -0.23460740596055984, -0.13791173283988914, -0.045525018125772476, 0.03979014977812767,
      0.1202552504837513, 0.2035212516784668, 0.2920137718319893, 0.3893125355243683,
      0.5016634166240692, 0.6427869200706482, 0.8614784181118011,
    ], isSigned: false)

  /// bitsandbytes' 4-bit floats.
  static let fp4 = CodeTable(
    values: [0, 0.0052083333, 0.16666667, 0.25, 0.33333333, 0.5, 0.66666667, 1],
    thresholds: [
      0.00260417, 0.0859375, 0.20833333, 0.29166667, 0.4166667, 0.583333, 0.8333333,
    ], isSigned: true)
}
