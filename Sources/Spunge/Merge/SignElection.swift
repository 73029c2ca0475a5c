/// How the sign of a merged entry is elected.
package enum SignElection: String, SettingsChoice {
  /// The sign of the sum of the parts' entries.
  case total
  /// The sign of the sum of the entries' signs: one part, one vote.
  case frequency

  /// Above zero for plus, below for minus, zero when undecided.
  func balance(_ parts: [UnsafeMutableBufferPointer<Float>], at index: Int) -> Double {
    var balance = 0.0
    switch self {
    case .total:
      for part in parts { balance += Double(part[index]) }
    case .frequency:
      for part in parts { balance += Double(votes(part[index])) }
    }
    return balance
  }
}

/// +1, −1 or 0.
func votes(_ value: some BinaryFloatingPoint) -> Int { value > 0 ? 1 : value < 0 ? -1 : 0 }
