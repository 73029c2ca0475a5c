import CKernels
import Formats
import Foundation

/// The instruction set that the kernels use; all give bit-identical results.
package enum InstructionSet: String, Sendable, CaseIterable, Encodable {
  case portable
  case avx2
  case avx512

  /// The environment variable that forces one.
  package static let variable = "SPUNGE_ISA"

  /// The processor's best instruction set, or the one requested by the environment.
  package static let current =
    InstructionSet(rawValue: String(cString: sk_instructionSetName(sk_instructionSet())))
    ?? .portable

  /// - Throws: `InstructionSetError` if the environment requests one that does not exist or that this processor lacks.
  package static func check() throws(InstructionSetError) {
    guard let wanted = ProcessInfo.processInfo.environment[variable] else { return }
    guard wanted == current.rawValue else { throw InstructionSetError(wanted: wanted) }
  }
}

/// `SPUNGE_ISA` names an instruction set that is not available.
package struct InstructionSetError: InputFailure, CustomStringConvertible {
  let wanted: String

  package var description: String {
    let names = InstructionSet.allCases.map(\.rawValue)
    let reason = names.contains(wanted) ? "this processor lacks it" : "there is no such version"
    return
      "\(InstructionSet.variable)=\(wanted): \(reason); use one of \(names.joined(separator: ", ")), or leave it unset"
  }
}
