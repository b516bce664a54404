#include "http/text/languages.hpp"

namespace keyledger {

std::string_view spanish(Refusal refusal) {
    switch (refusal) {
        case Refusal::workspace_not_found: return "No existe ese espacio de trabajo: {0}";
        case Refusal::key_not_found: return "No existe esa clave: {0}";
        case Refusal::slug_taken: return "Ya hay un espacio de trabajo con este identificador: {0}";
        case Refusal::workspace_reserved:
            return "Del espacio de trabajo `system` solo se pueden cambiar el nombre y el idioma.";
        case Refusal::unknown_environment: return "El espacio de trabajo no tiene ese entorno: {0}";
        case Refusal::scope_not_in_catalogue:
            return "El catálogo del espacio de trabajo no tiene este permiso: {0}";
        case Refusal::environment_in_use: return "Hay claves en este entorno: {0}";
        case Refusal::document_too_large:
            return "Todo lo que dice esta clave o este espacio de trabajo es demasiado.";
        case Refusal::digest_taken: return "Ya hay una clave con este resumen.";
        case Refusal::key_revoked: return "La clave está revocada, y eso no tiene vuelta atrás.";
        case Refusal::scopes_would_grant_all:
            return "Aquí una lista de permisos vacía lo permite todo; si es lo que se quiere, "
                   "indicar "
                   "\"all\": true.";
        case Refusal::last_administrator:
            return "No quedaría ninguna clave que pueda administrar; si es lo que se quiere, "
                   "indicar "
                   "\"force\": true.";
        case Refusal::beyond_authority: return "Esto es más de lo que permite la propia clave: {0}";
        case Refusal::stale_revision: return "Ha cambiado desde la revisión indicada.";
        case Refusal::idempotency_mismatch:
            return "Este Idempotency-Key ya se usó, con otro cuerpo.";
        case Refusal::too_many_items: return "Son demasiados elementos para una sola llamada.";
        case Refusal::expiry_before_start: return "La clave caducaría antes de empezar a valer.";
        case Refusal::events_too_large:
            return "Es demasiado para una sola llamada; hay que repartirlo en varias.";
    }
    return "";
}

std::string_view spanish(FieldProblem problem) {
    switch (problem) {
        case FieldProblem::empty_body: return "Hace falta un cuerpo JSON.";
        case FieldProblem::malformed_json: return "Deja de ser JSON en el byte {0}.";
        case FieldProblem::not_utf8: return "No es UTF-8.";
        case FieldProblem::too_deep: return "Tiene demasiados niveles; se permiten {0}.";
        case FieldProblem::too_many_values: return "Son demasiados valores; se permiten {0}.";
        case FieldProblem::duplicate_member: return "Hay dos miembros con este nombre.";
        case FieldProblem::unknown_field: return "No existe este campo.";
        case FieldProblem::missing_field: return "Este campo es obligatorio.";
        case FieldProblem::cannot_be_null: return "Este campo no se puede vaciar.";
        case FieldProblem::cannot_be_changed: return "Este campo no se puede cambiar.";
        case FieldProblem::not_an_object: return "Debe ser un objeto.";
        case FieldProblem::not_an_array: return "Debe ser una lista.";
        case FieldProblem::not_a_string: return "Debe ser un texto.";
        case FieldProblem::not_a_boolean: return "Debe ser true o false.";
        case FieldProblem::not_a_whole_number: return "Debe ser un número entero.";
        case FieldProblem::out_of_range: return "Debe estar entre {0} y {1}.";
        case FieldProblem::neither_field: return "Hace falta uno de estos campos: {0}";
        case FieldProblem::both_fields: return "Solo se permite uno de estos campos: {0}";
        case FieldProblem::empty_text: return "No debe estar vacío.";
        case FieldProblem::too_long: return "Es demasiado largo; se permiten {0} bytes.";
        case FieldProblem::control_character: return "No debe tener caracteres de control.";
        case FieldProblem::empty_list: return "La lista no debe estar vacía.";
        case FieldProblem::too_many_items: return "Son demasiados elementos; se permiten {0}.";
        case FieldProblem::duplicate_item: return "Ya hay uno con este nombre.";
        case FieldProblem::too_large: return "Es demasiado grande; se permiten {0} bytes de JSON.";
        case FieldProblem::too_many_placeholders:
            return "Son demasiados marcadores; se permiten {0}.";
        case FieldProblem::not_a_slug:
            return "Debe tener de 1 a 64 caracteres de a-z, 0-9 y -, sin - al principio ni al "
                   "final.";
        case FieldProblem::not_a_tag: return "Debe tener de 1 a 16 caracteres de a-z y 0-9.";
        case FieldProblem::not_a_name:
            return "Debe tener de 1 a 64 caracteres de A-Z, a-z, 0-9, '.', _ y -.";
        case FieldProblem::not_a_scope:
            return "Debe ser un permiso: recurso:acción, recurso:* o *.";
        case FieldProblem::not_a_time:
            return "Debe ser una fecha y hora según RFC 3339, como 2027-01-31T12:00:00Z.";
        case FieldProblem::time_in_past: return "Esta fecha y hora ya ha pasado.";
        case FieldProblem::not_a_duration:
            return "Debe ser una duración, como 30s, 15m, 24h o 30d.";
        case FieldProblem::duration_out_of_range: return "Debe estar entre {0} y {1}.";
        case FieldProblem::not_whole_seconds: return "Debe ser un número entero de segundos.";
        case FieldProblem::not_an_address_range:
            return "Debe ser una dirección o un rango, como 192.0.2.0/24 o 2001:db8::/32, sin bits "
                   "más "
                   "allá del prefijo.";
        case FieldProblem::not_a_key_id:
            return "Debe ser el identificador de una clave, como key_0....";
        case FieldProblem::not_a_digest: return "Debe ser sha256: y 64 dígitos hexadecimales.";
        case FieldProblem::not_a_json_type:
            return "Debe ser un tipo de contenido JSON, como application/json.";
        case FieldProblem::not_a_code_or_status:
            return "Debe ser el código de una denegación, como revoked, o un estado, como 401.";
        case FieldProblem::not_one_of: return "Debe ser uno de estos: {0}";
        case FieldProblem::unknown_parameter: return "No existe este parámetro.";
        case FieldProblem::repeated_parameter: return "Este parámetro está dos veces.";
        case FieldProblem::malformed_escape: return "No es UTF-8 codificado con porcentajes.";
        case FieldProblem::not_a_moment:
            return "Debe ser un número de secuencia, una fecha y hora según RFC 3339 o un tiempo "
                   "atrás, "
                   "como -24h.";
        case FieldProblem::malformed_header: return "Esta cabecera está mal formada.";
        case FieldProblem::not_a_revision:
            return "Debe ser una revisión entre comillas dobles, como \"7\", tal como la da ETag.";
        case FieldProblem::repeated_header: return "Esta cabecera está dos veces.";
        case FieldProblem::credentials_differ:
            return "Authorization y X-Api-Key llevan credenciales distintas.";
    }
    return "";
}

std::string_view spanish(TransportFault fault) {
    switch (fault) {
        case TransportFault::malformed: return "La petición no es HTTP/1.1 bien formado.";
        case TransportFault::headers_too_large:
            return "Las cabeceras de la petición son demasiado grandes.";
        case TransportFault::target_too_long: return "La ruta de la petición es demasiado larga.";
        case TransportFault::body_too_large: return "El cuerpo de la petición es demasiado grande.";
        case TransportFault::too_slow: return "La petición ha tardado demasiado en llegar.";
        case TransportFault::unsupported_version: return "Aquí solo se habla HTTP/1.1 y HTTP/1.0.";
        case TransportFault::unsupported_encoding:
            return "La única codificación de transferencia admitida es chunked.";
        case TransportFault::expectation_failed: return "Solo se puede esperar 100-continue.";
        case TransportFault::overloaded:
            return "Hay demasiadas conexiones; conviene reintentar en un momento.";
    }
    return "";
}

std::string_view spanish(ApiError error) {
    switch (error) {
        case ApiError::invalid_request: return "Hay algo incorrecto en la petición.";
        case ApiError::unauthenticated:
            return "Quien pregunta debe mostrar una clave de API válida: Authorization: Bearer "
                   "CLAVE, o X-Api-Key: CLAVE; en authorize y ext-authz, donde esas son del "
                   "cliente, X-Keyledger-Caller: CLAVE.";
        case ApiError::forbidden:
            return "A la clave de API le falta el permiso, o está ligada a otro lugar.";
        case ApiError::not_found: return "Aquí no hay nada.";
        case ApiError::method_not_allowed: return "Aquí no se permite este método; véase Allow.";
        case ApiError::not_acceptable: return "No existe en ninguno de los tipos aceptados.";
        case ApiError::timeout: return "La petición ha tardado demasiado.";
        case ApiError::conflict: return "No es compatible con el estado actual.";
        case ApiError::backup_running:
            return "Ya se está haciendo una copia de seguridad, y solo puede haber una a la vez; "
                   "inténtelo más tarde.";
        case ApiError::precondition_failed: return "Ha cambiado desde la revisión indicada.";
        case ApiError::too_large: return "El cuerpo es demasiado grande.";
        case ApiError::target_too_long: return "La ruta es demasiado larga.";
        case ApiError::unsupported_media_type:
            return "El Content-Type del cuerpo no se admite aquí; casi todas las rutas quieren "
                   "application/json.";
        case ApiError::expectation_failed: return "Solo se puede esperar 100-continue.";
        case ApiError::idempotency_mismatch:
            return "Este Idempotency-Key ya se usó, con otro cuerpo.";
        case ApiError::too_many_requests:
            return "Son demasiadas peticiones; conviene reintentar más tarde.";
        case ApiError::headers_too_large: return "Las cabeceras son demasiado grandes.";
        case ApiError::internal: return "Algo ha fallado aquí; el registro dice qué.";
        case ApiError::not_implemented: return "Esto no está implementado.";
        case ApiError::unavailable:
            return "El servicio no puede hacerlo ahora; conviene reintentar en un momento.";
        case ApiError::stale: return "Lo que se sabe aquí es más antiguo que lo que se pide.";
        case ApiError::quarantined:
            return "El registro está en cuarentena (X-Ledger-Quarantine dice por qué): puede "
                   "faltar una revocación, así que no se comprueba ninguna clave.";
        case ApiError::outcome_unknown:
            return "No se sabe si el cambio se hizo; conviene comprobarlo, o repetirlo con el "
                   "mismo "
                   "Idempotency-Key.";
        case ApiError::version_not_supported: return "Aquí solo se habla HTTP/1.1 y HTTP/1.0.";
    }
    return "";
}

std::string_view spanish(Outcome outcome) {
    switch (outcome) {
        case Outcome::valid: return "API key válida";
        case Outcome::malformed:
        case Outcome::unknown:
        case Outcome::revoked:
        case Outcome::suspended:
        case Outcome::pending:
        case Outcome::expired:
        case Outcome::wrong_workspace:
        case Outcome::missing: return "API key inválida o faltante";
        case Outcome::wrong_environment: return "Esta API key pertenece a otro entorno";
        case Outcome::ip_not_allowed: return "Esta API key no está permitida desde esta dirección";
        case Outcome::wrong_resource: return "Esta API key pertenece a otro recurso";
        case Outcome::insufficient_scope:
            return "A esta API key le falta un permiso necesario aquí";
        case Outcome::rate_limited: return "Demasiadas peticiones; conviene reintentar más tarde";
        case Outcome::quota_exceeded: return "La cuota de esta API key está agotada";
    }
    return "";
}

std::string_view spanish_title(ApiError error) {
    switch (error) {
        case ApiError::invalid_request: return "Petición incorrecta";
        case ApiError::unauthenticated: return "Sin autenticar";
        case ApiError::forbidden: return "Prohibido";
        case ApiError::not_found: return "No encontrado";
        case ApiError::method_not_allowed: return "Método no permitido";
        case ApiError::not_acceptable: return "No aceptable";
        case ApiError::timeout: return "Tiempo agotado";
        case ApiError::conflict:
        case ApiError::backup_running: return "Conflicto";
        case ApiError::precondition_failed: return "Condición previa no cumplida";
        case ApiError::too_large: return "Contenido demasiado grande";
        case ApiError::target_too_long: return "Ruta demasiado larga";
        case ApiError::unsupported_media_type: return "Tipo de contenido no admitido";
        case ApiError::expectation_failed: return "Expectativa no cumplida";
        case ApiError::idempotency_mismatch: return "Idempotencia incompatible";
        case ApiError::too_many_requests: return "Demasiadas peticiones";
        case ApiError::headers_too_large: return "Cabeceras demasiado grandes";
        case ApiError::internal: return "Error interno";
        case ApiError::not_implemented: return "No implementado";
        case ApiError::unavailable: return "No disponible";
        case ApiError::stale: return "Desactualizado";
        case ApiError::quarantined: return "En cuarentena";
        case ApiError::outcome_unknown: return "Resultado desconocido";
        case ApiError::version_not_supported: return "Versión no admitida";
    }
    return "";
}

std::string_view spanish_title(Outcome outcome) {
    switch (status_of(outcome)) {
        case 401: return "No autorizado";
        case 403: return "Prohibido";
        case 429: return "Demasiadas peticiones";
        default: return "Correcto";
    }
}

}  // namespace keyledger
