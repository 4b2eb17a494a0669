<?php

/**
 * The back end of docs/integrer-une-application.md in PHP 8, without any library: a record is answered only when
 * Trousseau permits it. Usage: TROUSSEAU_URL=… CLIENT_ID=… CLIENT_SECRET=… php -S 127.0.0.1:$PORT guard.php
 */

declare(strict_types=1);

/** What Trousseau says, or null when it says nothing that is understood. */
function ask(string $account, string $sid, string $action, string $patientKey): ?array
{
    $question = json_encode([
        'subject' => ['type' => 'account', 'id' => $account],
        'action' => ['name' => $action],
        'resource' => ['type' => 'patient_record', 'id' => $patientKey],
        'context' => ['sid' => $sid],
    ], JSON_THROW_ON_ERROR);
    $credentials = base64_encode(getenv('CLIENT_ID') . ':' . getenv('CLIENT_SECRET'));
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => "Authorization: Basic $credentials\r\nContent-Type: application/json",
        'content' => $question,
        'timeout' => 5,
        'ignore_errors' => true,
    ]]);
    $body = @file_get_contents(getenv('TROUSSEAU_URL') . '/access/v1/evaluation', false, $context);
    $isAnswer = $body !== false && preg_match('~^HTTP/\S+ 200\b~', $http_response_header[0] ?? '') === 1;
    $decision = $isAnswer ? json_decode($body, true) : null;
    return is_array($decision) ? $decision : null;
}

function send(int $status, array $body): void
{
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    header('Cache-Control: no-store');
    echo json_encode($body, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($_SERVER['REQUEST_METHOD'] !== 'GET' || preg_match('~^/dossiers/([A-Za-z0-9_-]{1,128})$~D', (string) $path, $found) !== 1) {
    send(404, ['message' => 'Rien ici.']);
    return;
}
$patientKey = $found[1];
// In your application both come from your own session, as the ID token gave them: never from the browser.
$decision = ask($_SERVER['HTTP_X_ACCOUNT'] ?? '', $_SERVER['HTTP_X_SID'] ?? '', 'read', $patientKey);
if ($decision === null) {
    send(503, ['message' => 'Les droits ne peuvent pas être vérifiés. Réessayez.']);
} elseif (($decision['decision'] ?? null) === true) {
    send(200, ['dossier' => $patientKey]);
} else {
    $message = $decision['context']['reason_user']['fr'] ?? 'Accès refusé.';
    $levels = $decision['context']['acr_values'] ?? null;
    if (is_array($levels)) {
        // RFC 9470: your front end sends the person to sign in again at that level, then comes back.
        header('WWW-Authenticate: Bearer error="insufficient_user_authentication", acr_values="' . implode(' ', $levels) . '"');
    }
    send(is_array($levels) ? 401 : 403, ['message' => $message]);
}
