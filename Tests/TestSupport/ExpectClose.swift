package import Testing

/// Checks that two numbers agree within `absolute + relative · |expected|`.
package func expectClose(
  _ actual: Double, _ expected: Double, absolute: Double, relative: Double = 0,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  let tolerance = absolute + relative * abs(expected)
  let difference = abs(actual - expected)
  #expect(
    difference <= tolerance,
    "\(comment()) \(actual) differs from \(expected) by \(difference) > \(tolerance)",
    sourceLocation: sourceLocation)
}

/// Checks two float32 arrays element by element; reports the worst element.
package func expectClose(
  _ actual: [Float], _ expected: [Float], absolute: Double, relative: Double = 0,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, "\(comment())", sourceLocation: sourceLocation)
  var worst = 0
  var worstExcess = -Double.infinity
  for index in 0..<min(actual.count, expected.count) {
    let tolerance = absolute + relative * abs(Double(expected[index]))
    let difference = abs(Double(actual[index]) - Double(expected[index]))
    let excess = difference.isNaN ? .infinity : difference - tolerance
    if excess > worstExcess { (worst, worstExcess) = (index, excess) }
  }
  #expect(
    worstExcess <= 0,
    "\(comment()) element \(worst): \(actual.isEmpty ? 0 : actual[worst]) should be \(expected.isEmpty ? 0 : expected[worst])",
    sourceLocation: sourceLocation)
}
