/// Σ x·y in double precision, summed in eight lanes: the order depends on the length alone.
func innerProduct(_ x: UnsafeBufferPointer<Float>, _ y: UnsafeBufferPointer<Float>) -> Double {
  precondition(x.count == y.count, "\(x.count) and \(y.count) elements")
  var lanes = SIMD8<Double>(repeating: 0)
  let whole = x.count / 8 * 8
  for first in stride(from: 0, to: whole, by: 8) {
    var (a, b) = (SIMD8<Double>(), SIMD8<Double>())
    for lane in 0..<8 {
      a[lane] = Double(x[first + lane])
      b[lane] = Double(y[first + lane])
    }
    lanes += a * b
  }
  for index in whole..<x.count { lanes[index - whole] += Double(x[index]) * Double(y[index]) }
  return lanes.sum()
}
